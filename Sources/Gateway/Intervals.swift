/// Times that the wire contract fixes, and that only tests change.
struct Intervals: Sendable {
  /// The longest silence of an SSE stream. Proxies bear it: nginx's limit is 60 s by default.
  var heartbeat = Duration.seconds(15)
  /// How long a generation can be read after its end.
  var retention = Duration.seconds(60)
  /// From one ping of a WebSocket to the next.
  var socketPing = Duration.seconds(20)
  /// How long the end of a WebSocket's closing is waited for.
  var socketClose = Duration.seconds(10)
}
