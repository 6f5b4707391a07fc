/// How long to wait before the connection is tried again: a quarter of a second, then twice as long each time, and at
/// most ten seconds.
struct ChatBackOff {
  static let first = Duration.milliseconds(250)
  static let longest = Duration.seconds(10)
  /// After so much waiting without a connection it is given up: what was under way is long gone then.
  static let patience = Duration.seconds(120)

  private var delay = first
  private var waited = Duration.zero

  /// Whether the loss is worth a word.
  var isLasting: Bool { waited > Self.first * 2 }

  /// - Returns: nil to give up.
  mutating func next() -> Duration? {
    guard waited < Self.patience else { return nil }
    defer { delay = min(delay * 2, Self.longest) }
    waited += delay
    return delay
  }

  /// A connection was made. It may break at once: the next wait is still longer.
  mutating func connected() { waited = .zero }

  /// A connection was of use.
  mutating func progressed() { self = ChatBackOff() }
}
