/// What one account has given to one request, until that ends.
public struct LimitHold: Equatable, Sendable {
  /// Tokens of the minute.
  var tokens = 0
  /// Tokens of the day.
  var dayTokens = 0
  /// Whether it is counted as a request of the minute.
  var isOfMinute = false
  /// The day in which it is counted.
  var day: CalendarWindow?
  /// Whether a request, and whether a stream, is counted as running.
  var hasPlace = false
  var hasStream = false

  /// Nothing.
  public init() {}
}
