internal import HTTPFields

/// How a streamed response is cut into events.
public enum StreamFraming: Sendable, Equatable {
  /// One JSON document a line.
  case ndjson
  /// Server-sent events (WHATWG HTML, section 9.2): lines, and a blank line after each event.
  case sse

  /// From a response's `Content-Type`; `nil` for one that is not a stream of events.
  public init?(contentType: UnsafeRawBufferPointer) {
    // Most responses.
    if contentType.hasMediaType("application/json") { return nil }
    if contentType.hasMediaType("application/x-ndjson") || contentType.hasMediaType("application/ndjson")
      || contentType.hasMediaType("application/jsonl")
    {
      self = .ndjson
    } else if contentType.hasMediaType("text/event-stream") {
      self = .sse
    } else {
      return nil
    }
  }

  /// The media type of such a stream.
  public var contentType: String {
    switch self {
    case .ndjson: "application/x-ndjson"
    case .sse: "text/event-stream"
    }
  }
}
