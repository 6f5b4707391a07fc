internal import EventLoop

/// The value of `Server-Timing` (W3C Server Timing): where the time of an answer went, for the client's own tools.
enum ServerTiming {
  /// The time that Ollama took, in milliseconds with a tenth.
  static func ollama(_ duration: Duration) -> String {
    let tenths = duration.wholeNanoseconds / 100_000
    return "ollama;dur=\(tenths / 10).\(tenths % 10)"
  }
}
