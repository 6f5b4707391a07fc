internal import EventLoop

/// Writes out the WebSockets of one loop at the end of its tick: what many events have queued for a socket leaves by one
/// system call. Lives on its loop.
final class SocketFlusher {
  /// Those with something to send, and the empty memory of the tick before.
  private var waiting: [WebSocketConnection] = []
  private var flushed: [WebSocketConnection] = []
  private var tickHandler: TickHandler?

  init(loop: EventLoop) {
    tickHandler = loop.addTickHandler { [unowned self] in flush() }
  }

  /// Before the last reference goes.
  func close() { tickHandler?.cancel() }

  func add(_ socket: WebSocketConnection) { waiting.append(socket) }

  private func flush() -> Bool {
    guard !waiting.isEmpty else { return false }
    swap(&waiting, &flushed)
    for socket in flushed { socket.flush() }
    flushed.removeAll(keepingCapacity: true)
    return true
  }
}
