/// How long responses are, to within a half: counts by powers of the square root of two, where older ones count less and less.
struct OutputSketch: Sendable {
  /// Responses of fewer tell nothing yet.
  private static let fewest = 8
  /// At so many all are halved.
  private static let most = 512

  // 2^12.5 tokens and more are the last: no response is estimated at more than 4,096.
  private var counts = InlineArray<26, UInt16>(repeating: 0)
  private var total = 0
  /// The bucket in which the ninetieth of a hundred is, and how many are in those before it: with each response it moves by as much as
  /// that makes of it.
  private var ninth = 0
  private var before = 0

  /// A response of so many tokens.
  mutating func add(_ tokens: Int) {
    let bucket = OutputSketch.bucket(of: tokens)
    counts[bucket] += 1
    total += 1
    if bucket < ninth { before += 1 }
    if total >= OutputSketch.most { halve() }
    let wanted = (total * 9 + 9) / 10
    while before >= wanted, ninth > 0 {
      ninth -= 1
      before -= Int(counts[ninth])
    }
    while ninth < counts.count - 1, before + Int(counts[ninth]) < wanted {
      before += Int(counts[ninth])
      ninth += 1
    }
  }

  private mutating func halve() {
    (total, before, ninth) = (0, 0, 0)
    for index in counts.indices {
      counts[index] /= 2
      total += Int(counts[index])
    }
  }

  /// Nine of ten were not longer, rounded up to the bucket's end; nil as long as there were few.
  var ninetieth: Int? { total < OutputSketch.fewest ? nil : OutputSketch.end(of: ninth) }

  private static func bucket(of tokens: Int) -> Int {
    guard tokens > 1 else { return 0 }
    guard tokens <= end(of: 24) else { return 25 }
    // The power of two that is as long or longer is the end of an even one; the one before it may hold it as well.
    let bucket = 2 * (Int.bitWidth - (tokens - 1).leadingZeroBitCount)
    return tokens <= end(of: bucket - 1) ? bucket - 1 : bucket
  }

  /// The most tokens of a bucket.
  private static func end(of bucket: Int) -> Int {
    let power = 1 << (bucket / 2)
    // 181/128 is the square root of two, rounded down.
    return bucket.isMultiple(of: 2) ? power : power * 181 / 128
  }
}
