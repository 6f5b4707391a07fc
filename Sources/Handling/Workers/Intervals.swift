/// Times that the wire contract fixes, and that only tests change.
package struct Intervals: Sendable {
  /// How long a generation can be read after its end.
  package var retention: Duration
  /// From one ping of a WebSocket to the next.
  package var socketPing: Duration
  /// How long the end of a WebSocket's closing is waited for.
  package var socketClose: Duration

  package init(
    retention: Duration = .seconds(60), socketPing: Duration = .seconds(20),
    socketClose: Duration = .seconds(10)
  ) {
    self.retention = retention
    self.socketPing = socketPing
    self.socketClose = socketClose
  }
}
