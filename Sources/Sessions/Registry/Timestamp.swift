import Glibc

/// A time of day in UTC, to the millisecond, for people to read. It may jump when the clock is set, so nothing is
/// measured with it.
public struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let millisecondsSince1970: Int64

  public init(millisecondsSince1970: Int64) {
    self.millisecondsSince1970 = millisecondsSince1970
  }

  public static var now: Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(millisecondsSince1970: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }

  public static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.millisecondsSince1970 < right.millisecondsSince1970
  }

  /// ISO 8601 with milliseconds and `Z`: `2026-11-23T14:28:22.877Z`.
  public var description: String {
    let seconds = millisecondsSince1970.quotientRoundingDown(1000)
    var time = time_t(seconds.quotient)
    var parts = tm()
    gmtime_r(&time, &parts)
    let date = [(parts.tm_year + 1900, 4), (parts.tm_mon + 1, 2), (parts.tm_mday, 2)]
    let clock = [(parts.tm_hour, 2), (parts.tm_min, 2), (parts.tm_sec, 2)]
    let milliseconds = Self.padded(Int32(seconds.remainder), 3)
    return Self.joined(date, "-") + "T" + Self.joined(clock, ":") + "." + milliseconds + "Z"
  }

  private static func joined(_ parts: [(Int32, Int)], _ separator: String) -> String {
    parts.map { padded($0.0, $0.1) }.joined(separator: separator)
  }

  private static func padded(_ number: Int32, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}

extension Int64 {
  /// Division that rounds down, so that the remainder is not negative for times before 1970 either.
  fileprivate func quotientRoundingDown(_ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
