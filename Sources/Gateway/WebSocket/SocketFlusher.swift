internal import EventLoop

/// Writes out the WebSockets of one loop at the end of its turn: what many events have queued for a socket leaves by one
/// system call. Lives on its loop.
final class SocketFlusher {
  private var waiting: [WebSocketConnection] = []

  init(loop: EventLoop) {
    loop.addTurnHandler { [weak self] in self?.flush() ?? false }
  }

  func add(_ socket: WebSocketConnection) { waiting.append(socket) }

  private func flush() -> Bool {
    guard !waiting.isEmpty else { return false }
    let sockets = waiting
    waiting.removeAll(keepingCapacity: true)
    for socket in sockets { socket.flush() }
    return true
  }
}
