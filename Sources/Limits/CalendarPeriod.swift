/// How long a window of the calendar is, in UTC.
public enum CalendarPeriod: String, CaseIterable, Sendable {
  /// From midnight to midnight.
  case day
  /// From Monday on (ISO 8601).
  case week
  /// From the first on.
  case month
  /// One window without end.
  case total
}
