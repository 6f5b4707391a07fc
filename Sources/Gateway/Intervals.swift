/// Times that the wire contract fixes, and that only tests change.
struct Intervals: Sendable {
  /// How long a generation can be read after its end.
  var retention = Duration.seconds(60)
  /// From one ping of a WebSocket to the next.
  var socketPing = Duration.seconds(20)
  /// How long the end of a WebSocket's closing is waited for.
  var socketClose = Duration.seconds(10)
}
