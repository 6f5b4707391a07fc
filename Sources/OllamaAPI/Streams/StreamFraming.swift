/// How a streamed answer is cut into events.
public enum StreamFraming: Sendable, Equatable {
  /// One JSON document a line.
  case ndjson
  /// Server-sent events (WHATWG HTML, section 9.2): lines, and a blank line after each event.
  case sse

  /// From a response's `Content-Type`; `nil` for one that is not a stream of events.
  public init?(contentType: some StringProtocol) {
    let type = contentType.prefix { $0 != ";" }.lowercased().filter { $0 != " " && $0 != "\t" }
    switch type {
    case "application/x-ndjson", "application/ndjson", "application/jsonl": self = .ndjson
    case "text/event-stream": self = .sse
    default: return nil
    }
  }

  public var contentType: String {
    switch self {
    case .ndjson: "application/x-ndjson"
    case .sse: "text/event-stream"
    }
  }
}
