/// Times that the wire contract fixes, and that only tests change.
struct Intervals: Sendable {
  /// The longest silence of an SSE stream. Proxies bear it: nginx's limit is 60 s by default.
  var heartbeat = Duration.seconds(15)
  /// How long a generation can be read after its end.
  var retention = Duration.seconds(60)
}
