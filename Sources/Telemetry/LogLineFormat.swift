/// How a log line is laid out.
public enum LogLineFormat: String, Sendable, CaseIterable {
  /// For people: `2026-01-31T23:59:59.999Z info gateway: message key=value other="two words"`.
  case text
  /// For machines, one object a line: `{"time":"…","level":"info","logger":"gateway","message":"…","key":"value"}`.
  case json
}
