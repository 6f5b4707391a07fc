/// A model on one server, under whatever names: what is known of its speed. All rates are the server's own.
struct WeightsState: Sendable {
  /// Empty where no list has told it.
  var digest: String
  /// Canonical, the first that was listed.
  var name: String
  /// In bytes; 0 where it is not known.
  var size: Int
  /// In bytes, as it was seen in memory last; 0 where it was not.
  var memory = 0
  /// Whether it runs elsewhere.
  var isRemote: Bool
  /// Whether the last list has it.
  var isListed = true
  /// The server's instances of it, by their places: a server has no more than 64.
  var instances: UInt64 = 0
  /// Seconds.
  var loadTime: Smoothed
  /// Tokens a second.
  var prefillRate: Smoothed
  /// Tokens a second, by how many run side by side: 1, 2, 3 to 4, 5 and more.
  var decodeRates: InlineArray<4, Smoothed>
  /// Seconds of a request, where nothing better is known.
  var time: Smoothed
  /// Requests that came here, fading within five minutes.
  private var arrivals = 0.0
  private var arrivedAt = Instant.past

  init(_ listed: FleetListedModel, _ policy: FleetPolicy) {
    digest = listed.digest
    name = listed.name
    size = max(listed.size, 0)
    isRemote = listed.isRemote
    loadTime = Smoothed(guess: 0)
    prefillRate = Smoothed(guess: policy.prefillRate)
    decodeRates = InlineArray(repeating: Smoothed(guess: policy.decodeRate))
    time = Smoothed(guess: 0)
  }

  /// - Parameter rate: bytes a second.
  mutating func guessLoad(rate: Double, _ policy: FleetPolicy) {
    loadTime.guess(
      size > 0
        ? max(Double(size) / max(rate, 1), policy.shortestLoad.inSeconds) : policy.unknownLoad.inSeconds)
  }

  static func bucket(_ beside: Int) -> Int { beside <= 2 ? max(beside, 1) - 1 : beside <= 4 ? 2 : 3 }

  /// Tokens a second of one of so many: measured so, else by the nearest number that was measured.
  func decodeRate(beside: Int) -> Double {
    let bucket = Self.bucket(beside)
    if !decodeRates[bucket].isGuess { return decodeRates[bucket].value }
    for distance in 1..<4 {
      if bucket - distance >= 0, !decodeRates[bucket - distance].isGuess {
        return decodeRates[bucket - distance].value
      }
      if bucket + distance < 4, !decodeRates[bucket + distance].isGuess {
        return decodeRates[bucket + distance].value
      }
    }
    return decodeRates[bucket].value
  }

  var isDecodeRateKnown: Bool {
    !decodeRates[0].isGuess || !decodeRates[1].isGuess || !decodeRates[2].isGuess || !decodeRates[3].isGuess
  }

  mutating func arrived(at now: Instant) {
    arrivals = min(arrivals * fading(at: now) + 1, 1e6)
    arrivedAt = now
  }

  /// Requests a second.
  func arrivalRate(at now: Instant) -> Double { arrivals * fading(at: now) / Self.fadingTime }

  private static let fadingTime = 300.0

  /// A straight line in place of an exponential: near enough, and cheap.
  private func fading(at now: Instant) -> Double {
    let part = now.seconds(since: arrivedAt) / Self.fadingTime
    return part <= 0 ? 1 : 1 / (1 + part + part * part)
  }
}
