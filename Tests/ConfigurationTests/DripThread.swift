import Dispatch
import Glibc

/// Answers one request of a ``Listener`` byte by byte, on a thread of its own.
final class DripThread {
  private let done = DispatchGroup()

  init(_ listener: Listener, until isOver: @escaping @Sendable () -> Bool) {
    nonisolated(unsafe) let listener = listener
    // The listener is only accepted from here, and the test waits for the end.
    DispatchQueue.global().async(group: done) {
      let connection = listener.accept()
      _ = connection.receive()
      while !isOver() {
        connection.send("H")
        usleep(20_000)
      }
    }
  }

  func join() { done.wait() }
}
