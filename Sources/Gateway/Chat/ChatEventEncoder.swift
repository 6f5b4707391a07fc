internal import JSON
internal import Sessions
internal import System
internal import Telemetry

/// Writes a generation's events as its listeners get them over HTTP: each has the JSON of the WebSocket message of the
/// same name.
struct ChatEventEncoder {
  /// How events are put into the response's content.
  enum Framing: Equatable {
    /// Server-sent events: `event:` is the type, `id:` is `GENERATION:SEQ`.
    case sse
    /// One JSON object a line.
    case ndjson

    var contentType: String {
      switch self {
      case .sse: "text/event-stream"
      case .ndjson: "application/x-ndjson"
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

  let framing: Framing
  let generation: Generation
  /// What stands in each SSE event between its type and its number.
  private let idPrefix: [UInt8]
  /// What stands before the number in the SSE event of a chunk, and of one of what the model thinks.
  private let chunkPrefix: [UInt8]
  private let thinkingPrefix: [UInt8]

  init(framing: Framing, generation: Generation) {
    self.framing = framing
    self.generation = generation
    idPrefix = Array("\nid: \(generation.id):".utf8)
    chunkPrefix = Array("event: \(ServerMessageType.streamChunk.name)".utf8) + idPrefix
    thinkingPrefix = Array("event: \(ServerMessageType.thinkingChunk.name)".utf8) + idPrefix
  }

  /// The first event, which is made for each listener and not numbered.
  func start(into writer: inout JSONWriter) {
    event(.streamStart, number: 0, into: &writer) { writer in
      writer.member("model", generation.model)
      writer.member("generation_id", generation.id)
      writer.member("session_id", generation.sessionID.description)
    }
  }

  func encode(_ number: Int, _ event: GenerationEvent, into writer: inout JSONWriter) {
    switch event {
    case .text(let text):
      chunk(number, chunkPrefix, into: &writer) {
        StreamChunk.write(text, isLast: false, number: number, into: &$0)
      }
    case .thinking(let text):
      chunk(number, thinkingPrefix, into: &writer) {
        StreamChunk.write(thinking: text, number: number, into: &$0)
      }
    case .done:
      chunk(number, chunkPrefix, into: &writer) { writer in
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        StreamChunk.write(nothing, isLast: true, number: number, into: &writer)
      }
    case .end(let end): encode(number, end, into: &writer)
    }
  }

  private func encode(_ number: Int, _ end: GenerationEnd, into writer: inout JSONWriter) {
    switch end.outcome {
    case .failed(let code, let message, let delay):
      let failure = RequestFailure(generationCode: code, message: message, retryAfter: delay)
      event(.error, number: number, into: &writer) { writer in
        writer.member("code", code)
        writer.member("message", message)
        writer.member("generation_id", "\(generation.id)")
        if let delay = failure.retryAfter { writer.member("retry_after", delay) }
      }
    case .completed, .cancelled:
      guard var document = ending(number, end) else { return }
      while document.write(into: &writer) {}
    }
  }

  /// The last event of an answer, which has all of its text once more: what is long is better written in pieces.
  ///
  /// - Returns: nil for a failure.
  func ending(_ number: Int, _ end: GenerationEnd) -> PiecewiseJSON? {
    let doneReason: String
    let usage: GenerationUsage
    switch end.outcome {
    case .failed: return nil
    case .completed(let reason, let cost): (doneReason, usage) = (reason, cost)
    // Ollama tells the cost in its last line, which never came.
    case .cancelled: (doneReason, usage) = ("cancelled", GenerationUsage())
    }
    return .answer(of: generation.log, withThinking: true) { writer in
      beginEvent(.streamEnd, number: number, into: &writer)
      writer.key("full_response")
    } tail: { writer in
      writer.member("timestamp", ISO8601.text(end.timestamp.millisecondsSince1970))
      writer.member("done_reason", doneReason)
      writer.note(on: generation, doneReason: doneReason)
      writer.key("usage")
      usage.encode(into: &writer)
      endEvent(into: &writer)
    }
  }

  private func chunk(
    _ number: Int, _ prefix: [UInt8], into writer: inout JSONWriter, _ message: (inout JSONWriter) -> Void
  ) {
    if framing == .sse {
      prefix.withUnsafeBytes { writer.framing($0) }
      writer.integer(number)
      writer.framing("\ndata: ")
    }
    message(&writer)
    writer.framing(framing == .sse ? "\n\n" : "\n")
  }

  private func event(
    _ type: ServerMessageType, number: Int, into writer: inout JSONWriter,
    _ members: (inout JSONWriter) -> Void
  ) {
    beginEvent(type, number: number, into: &writer)
    members(&writer)
    endEvent(into: &writer)
  }

  private func beginEvent(_ type: ServerMessageType, number: Int, into writer: inout JSONWriter) {
    if framing == .sse {
      writer.framing("event: ")
      writer.framing(type.name)
      idPrefix.withUnsafeBytes { writer.framing($0) }
      writer.integer(number)
      writer.framing("\ndata: ")
    }
    writer.beginObject()
    writer.member("type", literal: type.name)
  }

  private func endEvent(into writer: inout JSONWriter) {
    writer.endObject()
    writer.framing(framing == .sse ? "\n\n" : "\n")
  }
}

extension GenerationUsage {
  func encode(into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("prompt_tokens", promptTokens)
      writer.member("completion_tokens", completionTokens)
    }
  }
}
