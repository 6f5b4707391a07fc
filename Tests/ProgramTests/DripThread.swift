import Dispatch
import Glibc

/// Responds to one request of a ``Listener`` byte by byte and never comes to the end of the head, on a thread of its own.
final class DripThread {
  private let done = DispatchGroup()

  init(_ listener: Listener, until isOver: @escaping @Sendable () -> Bool) {
    nonisolated(unsafe) let listener = listener
    // The listener is only accepted from here, and the test waits for the end.
    DispatchQueue.global().async(group: done) {
      let connection = listener.accept()
      _ = connection.receive()
      var rest = "HTTP/1.1 200 OK\r\nDrip: "[...]
      while !isOver() {
        connection.send(rest.popFirst().map(String.init) ?? "x")
        usleep(20_000)
      }
    }
  }

  func join() { done.wait() }
}
