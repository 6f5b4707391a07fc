/// The form of log lines: `text` for people (`key=value`), `json` for machines (one object a line).
public enum LogFormat: String, CaseIterable, Sendable {
  case text, json
}
