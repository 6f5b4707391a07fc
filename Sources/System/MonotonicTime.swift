internal import Glibc

/// A point of the clock that never goes back (`CLOCK_MONOTONIC`), in nanoseconds.
public struct MonotonicTime: Comparable, Hashable, Sendable {
  /// Since a moment that is another one after each start of the machine.
  public let nanoseconds: Int64

  /// - Parameter nanoseconds: since a moment that is another one after each start of the machine.
  @inlinable
  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// The clock, read now.
  public static var now: MonotonicTime {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return MonotonicTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }

  /// Whether the left time comes before the right one.
  @inlinable
  public static func < (left: MonotonicTime, right: MonotonicTime) -> Bool {
    left.nanoseconds < right.nanoseconds
  }

  /// Where the sum does not fit, the nearest that does: a limit of centuries is one that is never reached.
  @inlinable
  public static func + (time: MonotonicTime, duration: Duration) -> MonotonicTime {
    let (sum, overflow) = time.nanoseconds.addingReportingOverflow(duration.wholeNanoseconds)
    return MonotonicTime(nanoseconds: overflow ? (duration < .zero ? .min : .max) : sum)
  }

  /// Where the difference does not fit, the nearest that does.
  @inlinable
  public static func - (left: MonotonicTime, right: MonotonicTime) -> Duration {
    let (difference, overflow) = left.nanoseconds.subtractingReportingOverflow(right.nanoseconds)
    return .nanoseconds(overflow ? (left < right ? .min : .max) : difference)
  }
}

extension Duration {
  /// The duration in whole nanoseconds; where it does not fit, the nearest that does (292 years).
  @inlinable
  public var wholeNanoseconds: Int64 {
    let attoseconds = attoseconds
    // A billion is 2^9 x 5^9. Nearly all durations are less than an hour, and more than none: what is left of one without the twos fits
    // into 64 bits, which are divided many times sooner than 128.
    if let rest = Int64(exactly: attoseconds >> 9), rest >= 0 { return rest / 1_953_125 }
    return Int64(clamping: attoseconds / 1_000_000_000)
  }

  /// The duration in milliseconds, with a fraction.
  public var milliseconds: Double { Double(wholeNanoseconds) / 1_000_000 }
}
