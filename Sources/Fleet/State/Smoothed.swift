/// A mean that forgets: new samples weigh a fixed part, the first alone counts for all.
struct Smoothed: Sendable {
  private(set) var value: Double
  /// Whether it is a guess until now.
  private(set) var isGuess = true

  init(guess: Double) { value = guess }

  /// Nil as long as it is a guess.
  var known: Double? { isGuess ? nil : value }

  mutating func add(_ sample: Double, weight: Double) {
    guard sample.isFinite else { return }
    value = isGuess ? sample : value + (sample - value) * weight
    isGuess = false
  }

  /// Another first guess, as long as nothing else is known.
  mutating func guess(_ value: Double) {
    if isGuess { self.value = value }
  }
}
