internal import Glibc

/// A time of day in UTC, to the millisecond, for people to read. It may jump when the clock is set, so nothing is
/// measured with it.
public struct Timestamp: Hashable, Comparable, Sendable {
  /// Since 1970-01-01T00:00:00Z, leap seconds left out.
  public let millisecondsSince1970: Int64

  /// - Parameter millisecondsSince1970: leap seconds left out.
  public init(millisecondsSince1970: Int64) {
    self.millisecondsSince1970 = millisecondsSince1970
  }

  /// The clock (`CLOCK_REALTIME`), read now. Any thread.
  public static var now: Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(millisecondsSince1970: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }

  /// The time so much later, or earlier; where there is none, the nearest.
  package func adding(_ duration: Duration) -> Timestamp {
    let (sum, overflow) = millisecondsSince1970.addingReportingOverflow(duration.wholeNanoseconds / 1_000_000)
    return Timestamp(millisecondsSince1970: overflow ? (duration < .zero ? .min : .max) : sum)
  }

  /// Whether the left time comes before the right one.
  public static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.millisecondsSince1970 < right.millisecondsSince1970
  }
}
