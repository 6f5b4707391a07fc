/// What somebody may use: a key, a team, a user, an anonymous client. What is nil is not limited.
///
/// All numbers are in ``range``. Whoever reads a set from a file or a request refuses what is outside of it; the arithmetic
/// takes what is outside for the nearest within.
public struct LimitSet: Equatable, Sendable {
  /// Requests a minute; as many at once as well.
  public var rpm: Int?
  /// Requests a day of the calendar in UTC.
  public var rpd: Int?
  /// Tokens a minute, of prompts and responses together; as many at once as well.
  public var tpm: Int?
  /// Tokens a day of the calendar in UTC.
  public var tpd: Int?
  /// Requests that run or wait at one time.
  public var concurrent: Int?
  /// Streams of events that are open at one time.
  public var streams: Int?
  /// WebSockets that are open at one time.
  public var websockets: Int?
  /// What may be used in a window of the calendar, or in all: ``mostBudgets`` at most, one of each unit and period.
  public var budgets: [Budget]

  /// - Parameter budgets: of each unit and period one.
  public init(
    rpm: Int? = nil, rpd: Int? = nil, tpm: Int? = nil, tpd: Int? = nil, concurrent: Int? = nil,
    streams: Int? = nil, websockets: Int? = nil, budgets: [Budget] = []
  ) {
    self.rpm = rpm
    self.rpd = rpd
    self.tpm = tpm
    self.tpd = tpd
    self.concurrent = concurrent
    self.streams = streams
    self.websockets = websockets
    self.budgets = budgets
  }

  /// Nothing is limited.
  public static let none = LimitSet()

  /// What each limit may be.
  public static let range = 1...1_000_000_000_000_000

  /// Budgets of one set: there is none that is not one of these.
  public static let mostBudgets = Budget.Unit.allCases.count * CalendarPeriod.allCases.count

  /// Whether nothing is limited.
  public var isEmpty: Bool { self == LimitSet.none }
}
