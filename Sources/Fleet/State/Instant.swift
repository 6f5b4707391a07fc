internal import System

/// A time in the scheduler, in nanoseconds of the monotonic clock. Sums and differences go by floating point, which does not
/// overflow.
typealias Instant = Int64

extension Instant {
  static let never = Instant.max
  static let past = Instant.min

  /// In seconds; negative where the other is later.
  @inline(__always)
  func seconds(since other: Instant) -> Double { (Double(self) - Double(other)) * 1e-9 }

  /// The nearest there is.
  @inline(__always)
  func after(_ seconds: Double) -> Instant {
    let sum = Double(self) + seconds * 1e9
    guard sum < 9.2e18 else { return .never }
    return sum > -9.2e18 ? Instant(sum) : .past
  }
}

extension Duration {
  /// With a fraction; exact enough for what is learned.
  var inSeconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) * 1e-18
  }

  /// - Parameter seconds: anything; not a number is none.
  init(bounded seconds: Double) {
    self = .nanoseconds(seconds.isFinite ? Int64(min(max(seconds, 0), 9e9) * 1e9) : 0)
  }
}
