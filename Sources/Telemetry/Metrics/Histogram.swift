internal import System

/// How often values fell between fixed bounds: what Prometheus calls a histogram.
///
/// A value type that belongs to one thread: each worker has its own, and they are added up when somebody reads them.
public struct Histogram: Sendable {
  /// The buckets' upper bounds, inclusive, in growing order; the last bucket has none.
  public struct Bounds: Sendable, Equatable {
    /// In rising order.
    public let values: [Double]

    /// - Parameter values: in rising order.
    public init(_ values: [Double]) {
      precondition(zip(values, values.dropFirst()).allSatisfy(<), "bounds grow")
      self.values = values
    }
  }

  /// The upper bounds of its buckets.
  public let bounds: Bounds
  /// Values in each bucket alone, the one without bound last.
  public private(set) var counts: [UInt64]
  /// Of all values.
  public private(set) var sum = 0.0

  /// An empty one.
  public init(_ bounds: Bounds) {
    self.bounds = bounds
    counts = [UInt64](repeating: 0, count: bounds.values.count + 1)
  }

  /// What was counted elsewhere.
  ///
  /// - Parameter counts: one for each bucket, and one more for what is above all bounds; of any others nothing is taken.
  public init(_ bounds: Bounds, counts: [UInt64], sum: Double) {
    self.init(bounds)
    guard counts.count == self.counts.count else { return }
    self.counts = counts
    self.sum = sum
  }

  /// All values that were observed.
  public var count: UInt64 { counts.reduce(0, +) }

  /// Counts a value.
  public mutating func observe(_ value: Double) {
    var bucket = 0
    while bucket < bounds.values.count && value > bounds.values[bucket] { bucket += 1 }
    counts[bucket] += 1
    sum += value
  }

  /// Counts a duration, in seconds.
  public mutating func observe(_ duration: Duration) {
    // Which fits for 292 years, and is much cheaper than attoseconds, which take 128 bits.
    observe(Double(duration.wholeNanoseconds) * 1e-9)
  }

  /// Adds what another histogram of the same bounds has seen.
  public mutating func add(_ other: Histogram) {
    precondition(bounds == other.bounds, "histograms of other bounds")
    for bucket in counts.indices { counts[bucket] += other.counts[bucket] }
    sum += other.sum
  }
}

extension Histogram.Bounds {
  /// `http.server.request.duration`, in seconds (OpenTelemetry semantic conventions, HTTP metrics).
  public static let requestDuration = Self([
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
  ])

  /// Of a wait for a server or for a load, in seconds.
  public static let waiting = Self([
    0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600,
  ])

  /// `gen_ai.client.token.usage`, in tokens (OpenTelemetry semantic conventions, generative AI metrics).
  public static let tokenUsage = Self((0..<14).map { Double(1 << (2 * $0)) })

  /// `gen_ai.server.time_to_first_token`, in seconds.
  public static let timeToFirstToken = Self([
    0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
  ])

  /// `gen_ai.server.time_per_output_token`, in seconds.
  public static let timePerOutputToken = Self([
    0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5,
  ])
}
