/// How long Ollama shall keep a model in memory after a request: the `keep_alive` of its API.
public enum KeepAlive: Equatable, Sendable {
  /// The model is unloaded at once.
  case zero
  /// A time of its own, in whatever way it was written.
  case time
  /// A negative number or duration: until Ollama ends.
  case forever

  /// From a number of seconds.
  ///
  /// Some versions of Ollama cut the number to an integer first and multiply with wrap-around: 0.5, 2^55 and 1e30
  /// are zero to these. What is zero to any version is zero here, since it is the gateway that refuses it.
  init(seconds: Double) {
    guard seconds >= 0 else {
      self = .forever
      return
    }
    // Go's conversion of a double out of range gives -2^63 on amd64, and that many seconds wrap to 0.
    let whole = seconds < 0x1p63 ? Int64(seconds) : .min
    self = whole &* 1_000_000_000 == 0 ? .zero : .time
  }

  /// From a Go duration; `nil` when Go would refuse it.
  init?(duration: [UInt8]) {
    guard let nanoseconds = GoDuration.nanoseconds(duration) else { return nil }
    self = nanoseconds == 0 ? .zero : nanoseconds < 0 ? .forever : .time
  }
}
