internal import Handling
internal import EventLoop

/// Writes out the WebSockets of one loop at the end of its tick: what many events have queued for a socket leaves by one
/// system call. Lives on its loop.
final class SocketFlusher {
  /// Those with something to send.
  private var waiting = TickList<WebSocketConnection>()
  private var tickHandler: TickHandler?

  init(loop: EventLoop) {
    tickHandler = loop.makeTickHandler { [unowned self] in flush() }
  }

  /// Before the last reference goes.
  func close() { tickHandler?.cancel() }

  func add(_ socket: WebSocketConnection) {
    waiting.append(socket)
    tickHandler?.request()
  }

  private func flush() {
    let sockets = waiting.take()
    for socket in sockets { socket.flush() }
    waiting.reuse(consume sockets)
  }
}
