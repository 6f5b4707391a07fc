public import System

/// One window of the calendar in UTC: a day, a week, a month, or all time.
public struct CalendarWindow: Hashable, Sendable {
  /// How long it is.
  public let period: CalendarPeriod
  /// Which one: days since 1970-01-01, weeks since that of Monday 1969-12-29, months since January of the year 0; 0 for all time.
  public let index: Int64

  /// As a store has it.
  ///
  /// - Parameter index: that of a window that an initializer by time has made; any other is taken as well, and begins and ends at
  ///   the nearest time that there is.
  public init(_ period: CalendarPeriod, index: Int64) {
    self.period = period
    self.index = index
  }

  /// The window that this time is in.
  public init(_ period: CalendarPeriod, at time: Timestamp) {
    self.period = period
    switch period {
    case .day: index = time.daysSince1970
    // 1970-01-01 was a Thursday.
    case .week:
      let days = time.daysSince1970 + 3
      index = days >= 0 ? days / 7 : (days - 6) / 7
    case .month:
      let (year, month, _) = Timestamp.date(daysSince1970: time.daysSince1970)
      index = year * 12 + month - 1
    case .total: index = 0
    }
  }

  /// The one before it; of the first that can be told, and of all time, itself.
  var before: CalendarWindow {
    CalendarWindow(period, index: period == .total ? index : max(index, .min + 1) - 1)
  }

  /// When it begins; nil for all time.
  public var start: Timestamp? { CalendarWindow.start(of: index, period) }

  /// When the next one begins; nil for all time.
  public var end: Timestamp? { CalendarWindow.start(of: min(index, .max - 1) + 1, period) }

  /// How long until it ends, in nanoseconds; nil for all time.
  public func wait(at time: Timestamp) -> Int64? { CalendarWindow.wait(until: end, at: time) }

  /// The same of a window that ends then.
  static func wait(until end: Timestamp?, at time: Timestamp) -> Int64? {
    guard let end else { return nil }
    let (milliseconds, overflow) = end.millisecondsSince1970.subtractingReportingOverflow(
      time.millisecondsSince1970)
    if overflow { return end > time ? .max : 0 }
    let (nanoseconds, isTooLong) = max(milliseconds, 0).multipliedReportingOverflow(by: 1_000_000)
    return isTooLong ? .max : nanoseconds
  }

  private static func start(of index: Int64, _ period: CalendarPeriod) -> Timestamp? {
    // More than the milliseconds of a timestamp can tell.
    let index = min(max(index, -200_000_000_000), 200_000_000_000)
    let days: Int64
    switch period {
    case .day: days = index
    case .week: days = index * 7 - 3
    case .month:
      let year = index >= 0 ? index / 12 : (index - 11) / 12
      days = Timestamp.daysSince1970(
        year: min(max(year, -300_000_000), 300_000_000), month: index - year * 12 + 1)
    case .total: return nil
    }
    let (milliseconds, overflow) = days.multipliedReportingOverflow(by: 86_400_000)
    return Timestamp(millisecondsSince1970: overflow ? (days < 0 ? .min : .max) : milliseconds)
  }
}
