/// What a request is going to take, as far as that can be guessed.
public struct LimitClaim: Equatable, Sendable {
  /// Tokens of the prompt's text, 0 or more.
  public var text: Int
  /// Tokens of its images, 0 or more.
  public var images: Int
  /// Tokens of the response, 0 or more; an account takes a quarter of its tokens a minute at most for them.
  public var output: Int
  /// Whether it is a stream, which is counted as one until it ends.
  public var isStream: Bool

  /// - Parameters:
  ///   - text: tokens, 0 or more.
  ///   - images: tokens, 0 or more.
  ///   - output: tokens, 0 or more.
  public init(text: Int, images: Int = 0, output: Int, isStream: Bool = false) {
    self.text = Rate.bounded(text)
    self.images = Rate.bounded(images)
    self.output = Rate.bounded(output)
    self.isStream = isStream
  }

  /// What an account reserves that has so many tokens at once: no more than these, as the text alone fits.
  func reservation(of burst: Int) -> Int { min(text + images + min(output, max(burst / 4, 1)), burst) }
}

extension Rate {
  /// Units of one request: none is negative, or more than any limit.
  static func bounded(_ units: Int) -> Int { min(max(units, 0), LimitSet.range.upperBound) }
}
