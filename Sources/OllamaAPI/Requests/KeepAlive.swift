/// How long Ollama shall keep a model in memory after a request: the `keep_alive` of its API.
public enum KeepAlive: Equatable, Sendable {
  /// The model is unloaded at once: Ollama cuts a time to whole seconds.
  case zero
  /// A time of its own, in whatever way it was written.
  case time
  /// A negative number or duration: until Ollama ends.
  case forever

  /// From a number of seconds.
  ///
  /// Ollama multiplies it with 10^9 and makes an integer of that: what does not fit becomes negative, and unloads. Some
  /// versions cut the number to an integer first and multiply with wrap-around, of which nothing more becomes 0.
  init(seconds: Double) {
    guard seconds >= 0 else {
      self = .forever
      return
    }
    self = seconds < 1 || seconds * 1_000_000_000 >= 0x1p63 ? .zero : .time
  }

  /// From a Go duration; `nil` when Go would refuse it.
  init?(duration: [UInt8]) {
    guard let nanoseconds = GoDuration.nanoseconds(duration) else { return nil }
    self = nanoseconds < 0 ? .forever : nanoseconds < 1_000_000_000 ? .zero : .time
  }
}
