/// How long responses are, to within a half: counts by powers of the square root of two, where older ones count less and less.
struct OutputSketch: Sendable {
  /// Responses of fewer tell nothing yet.
  private static let fewest: UInt16 = 8
  /// At so many all are halved.
  private static let most: UInt16 = 512

  // 2^12.5 tokens and more are the last: no response is estimated at more than 4,096.
  private var counts = InlineArray<26, UInt16>(repeating: 0)
  private var total: UInt16 = 0

  /// A response of so many tokens.
  mutating func add(_ tokens: Int) {
    counts[OutputSketch.bucket(of: tokens)] += 1
    total += 1
    guard total >= OutputSketch.most else { return }
    total = 0
    for index in counts.indices {
      counts[index] /= 2
      total += counts[index]
    }
  }

  /// Nine of ten were not longer, rounded up to the bucket's end; nil as long as there were few.
  var ninetieth: Int? {
    guard total >= OutputSketch.fewest else { return nil }
    let wanted = (Int(total) * 9 + 9) / 10
    var seen = 0
    for index in counts.indices {
      seen += Int(counts[index])
      if seen >= wanted { return OutputSketch.end(of: index) }
    }
    return nil
  }

  private static func bucket(of tokens: Int) -> Int {
    for bucket in 0..<25 where tokens <= end(of: bucket) { return bucket }
    return 25
  }

  /// The most tokens of a bucket.
  private static func end(of bucket: Int) -> Int {
    let power = 1 << (bucket / 2)
    // 181/128 is the square root of two, rounded down.
    return bucket.isMultiple(of: 2) ? power : power * 181 / 128
  }
}
