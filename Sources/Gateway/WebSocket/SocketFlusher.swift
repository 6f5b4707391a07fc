internal import EventLoop

/// Writes out the WebSockets of one loop at the end of its turn: what many events have queued for a socket leaves by one
/// system call. Lives on its loop.
final class SocketFlusher {
  private var waiting: [WebSocketConnection] = []
  private var turnHandler: TurnHandler?

  init(loop: EventLoop) {
    turnHandler = loop.addTurnHandler { [unowned self] in flush() }
  }

  /// Before the last reference goes.
  func close() { turnHandler?.cancel() }

  func add(_ socket: WebSocketConnection) { waiting.append(socket) }

  private func flush() -> Bool {
    guard !waiting.isEmpty else { return false }
    let sockets = waiting
    waiting.removeAll(keepingCapacity: true)
    for socket in sockets { socket.flush() }
    return true
  }
}
