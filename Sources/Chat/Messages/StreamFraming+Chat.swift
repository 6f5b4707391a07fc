internal import Handling
internal import OllamaAPI

// The streams of the chat API over HTTP.
extension StreamFraming {
  /// A response's `Content-Type`.
  var contentType: String {
    switch self {
    case .sse: "text/event-stream"
    case .ndjson: "application/x-ndjson"
    }
  }

  /// What ends an event.
  var eventEnd: StaticString {
    switch self {
    case .sse: "\n\n"
    case .ndjson: "\n"
    }
  }

  /// What says that a silent stream lives. NDJSON has no comments.
  var heartbeat: StaticString {
    switch self {
    case .sse: ": ping\n\n"
    case .ndjson: "{\"type\":\"ping\"}\n"
    }
  }
}
