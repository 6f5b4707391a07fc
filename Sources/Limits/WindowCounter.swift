public import System

/// What was used in the window of the calendar that runs.
///
/// The clock may be set. A window never goes back: where the clock is set back, what comes is counted in the later window until the
/// clock has come to its end. Where the clock was far ahead, that is long; a new start of the process, which takes the counters of
/// the windows that run from the store, ends it.
public struct WindowCounter: Equatable, Sendable {
  /// What is counted.
  public let unit: WindowUnit
  /// In which window.
  public private(set) var window: CalendarWindow
  /// When that ends: the calendar is asked once a window. Nil for all time.
  private var end: Timestamp?
  /// How much, 0 or more.
  public private(set) var used: Int64
  /// Where who keeps counts of windows has this one's, as he has written it here.
  public var mark = -1

  /// Nothing is used.
  public init(_ unit: WindowUnit, _ period: CalendarPeriod, at time: Timestamp) {
    self.unit = unit
    window = CalendarWindow(period, at: time)
    end = window.end
    used = 0
  }

  /// How long until the window ends, in nanoseconds; nil for all time.
  func wait(at time: Timestamp) -> Int64? { CalendarWindow.wait(until: end, at: time) }

  /// Goes on to the window of this time, where that is a later one.
  public mutating func advance(to time: Timestamp) {
    guard let end, time >= end else { return }
    window = CalendarWindow(window.period, at: time)
    self.end = window.end
    used = 0
  }

  /// Counts so much more, or less: 0 or more stay.
  ///
  /// - Returns: what has become of it.
  @discardableResult
  public mutating func add(_ amount: Int64) -> Int64 {
    let old = used
    let (sum, overflow) = old.addingReportingOverflow(amount)
    used = overflow ? .max : max(sum, 0)
    return used - old
  }
}
