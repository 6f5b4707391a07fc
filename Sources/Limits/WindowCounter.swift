public import System

/// What was used in the window of the calendar that runs.
///
/// The clock may be set. Where it is set back by no more than a window, what comes is counted in the later one until the clock has come to
/// its end, as nothing is given twice for a slip of the clock. One that lies further ahead is none that runs: the clock was far ahead, and
/// the window of the time that it has now begins, with nothing used. What was used in it before is known again after a new start, which takes
/// the counters of the windows that run from the store.
public struct WindowCounter: Equatable, Sendable {
  /// What is counted.
  public let unit: WindowUnit
  /// In which window.
  public private(set) var window: CalendarWindow
  /// When that ends: the calendar is asked once a window. Nil for all time.
  private var end: Timestamp?
  /// When the window before it began: no clock that is right says less.
  private var earliest: Timestamp?
  /// How much, 0 or more.
  public private(set) var used: Int64
  /// When so much is used nothing more is let in.
  var most: Int64?
  /// Where who keeps counts of windows has this one's, as he has written it here; less than 0 from the beginning of each window.
  public var mark = -1

  /// Nothing is used.
  public init(_ unit: WindowUnit, _ period: CalendarPeriod, at time: Timestamp) {
    self.unit = unit
    window = CalendarWindow(period, at: time)
    end = window.end
    earliest = window.before.start
    used = 0
  }

  /// That of a window that is told, with nothing used.
  init(_ unit: WindowUnit, _ window: CalendarWindow) {
    self.unit = unit
    self.window = window
    end = window.end
    earliest = window.before.start
    used = 0
  }

  /// How long until the window ends, in nanoseconds; nil for all time.
  func wait(at time: Timestamp) -> Int64? { CalendarWindow.wait(until: end, at: time) }

  /// Goes on to the window of this time, where that is a later one, or back to it from one that the clock was never in.
  public mutating func advance(to time: Timestamp) {
    guard let end, let earliest, time >= end || time < earliest else { return }
    window = CalendarWindow(window.period, at: time)
    self.end = window.end
    self.earliest = window.before.start
    used = 0
    mark = -1
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
