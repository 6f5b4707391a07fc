internal import Handling
internal import JSON
internal import OllamaAPI
internal import Sessions
internal import System
internal import Telemetry

/// Writes a generation's events as its listeners get them: server-sent events, lines of JSON, or messages of a WebSocket.
///
/// What an event has is written here, once for all three: its JSON is the same, byte by byte, and a stream over HTTP puts its
/// framing around it.
struct ChatEventEncoder {
  let generation: Generation
  /// How a stream over HTTP parts events; nil for a WebSocket, of which each event is a message.
  let framing: StreamFraming?
  /// Of server-sent events alone. One reference, as encoders are passed on with each token.
  private let prefixes: ServerSentEventPrefixes?

  init(_ generation: Generation, framing: StreamFraming?) {
    self.generation = generation
    self.framing = framing
    prefixes = framing == .sse ? ServerSentEventPrefixes(generation) : nil
  }

  /// The first event, which is made for each listener and not numbered.
  func start(into writer: inout JSONWriter) {
    begin(.streamStart, number: 0, into: &writer)
    writer.member("model", generation.model)
    writer.member("generation_id", generation.id)
    writer.member("session_id", generation.sessionID.description)
    if generation.isRelaxed { writer.member("durable", false) }
    end(into: &writer)
  }

  /// The event with this number.
  func encode(_ number: Int, _ event: GenerationEvent, into writer: inout JSONWriter) {
    switch event {
    case .queued(let wait): encode(wait, into: &writer)
    case .text(let text):
      if let prefixes { prefixes.write(prefixes.chunk, number, into: &writer) }
      encode(chunk: text, isLast: false, number, into: &writer)
    case .thinking(let text):
      if let prefixes { prefixes.write(prefixes.thinking, number, into: &writer) }
      encode(thinking: text, number, into: &writer)
    case .done:
      if let prefixes { prefixes.write(prefixes.chunk, number, into: &writer) }
      encode(chunk: UnsafeRawBufferPointer(start: nil, count: 0), isLast: true, number, into: &writer)
    case .end(let end): encode(number, end, into: &writer)
    }
  }

  /// Where the generation stands in the queue: it has no number, so that nobody comes back for what is behind it.
  private func encode(_ wait: GenerationWait, into writer: inout JSONWriter) {
    if framing == .sse {
      writer.framing("event: ")
      writer.framing(ServerMessageType.queued.name)
      writer.framing("\ndata: ")
    }
    writer.beginObject()
    writer.member("type", literal: ServerMessageType.queued.name)
    writer.member("position", wait.position)
    if let seconds = wait.seconds { writer.member("eta_seconds", seconds) }
    writer.member("reason", literal: wait.reason == .loading ? "loading" : "busy")
    if let server = wait.server { writer.member("server", server) }
    writer.member("model", generation.model)
    end(into: &writer)
  }

  private func encode(_ number: Int, _ end: GenerationEnd, into writer: inout JSONWriter) {
    guard var document = ending(number, end) else {
      guard let failure = end.failure else { return }
      begin(.error, number: number, into: &writer)
      failure.encodeMembers(of: generation, into: &writer)
      return self.end(into: &writer)
    }
    while document.write(into: &writer) {}
  }

  /// The last event of a generation, which has all of its text once more: what is long is better written in pieces.
  ///
  /// - Returns: nil for a failure.
  func ending(_ number: Int, _ end: GenerationEnd) -> PiecewiseJSON? {
    if end.outcome == .interrupted { return interruption(number, end) }
    guard let completion = GenerationCompletion(of: generation, end) else { return nil }
    return .generation(generation.log, withThinking: true) { writer in
      begin(.streamEnd, number: number, into: &writer)
      writer.key("full_response")
    } tail: { writer in
      completion.encode([.timestamp, .doneReason, .usage], into: &writer)
      self.end(into: &writer)
    }
  }

  /// The last event of a generation whose process ended before it did: a failure, with the text that was kept.
  private func interruption(_ number: Int, _ end: GenerationEnd) -> PiecewiseJSON {
    .generation(generation.log, withThinking: true) { writer in
      begin(.error, number: number, into: &writer)
      RequestFailure.interrupted.encodeMembers(of: generation, into: &writer)
      writer.key("full_response")
    } tail: { writer in
      writer.member("timestamp", end.timestamp.iso8601)
      self.end(into: &writer)
    }
  }

  /// What ends a stream that has begun by heartbeats, and for which there is no generation: it has no number.
  static func error(_ failure: RequestFailure, framing: StreamFraming, into writer: inout JSONWriter) {
    if framing == .sse { writer.framing("event: error\ndata: ") }
    writer.beginObject()
    writer.member("type", literal: ServerMessageType.error.name)
    failure.encodeMembers(of: nil, into: &writer)
    writer.endObject()
    writer.framing(framing.eventEnd)
  }
}

// The messages of pieces of text, and of what the model thinks before it. They are written for each token: so what is the
// same in all of them is written in one piece, and not member by member.
extension ChatEventEncoder {
  /// - Parameter isLast: whether it says that the text is complete; then it has no content.
  private func encode(
    chunk content: UnsafeRawBufferPointer, isLast: Bool, _ number: Int, into writer: inout JSONWriter
  ) {
    writer.framing(#"{"type":"stream_chunk","content":"#)
    writer.string(utf8: content)
    writer.framing(isLast ? #","done":true,"seq":"# : #","done":false,"seq":"#)
    writer.integer(number)
    writer.framing("}")
    if let framing { writer.framing(framing.eventEnd) }
  }

  private func encode(
    thinking content: UnsafeRawBufferPointer, _ number: Int, into writer: inout JSONWriter
  ) {
    writer.framing(#"{"type":"thinking_chunk","content":"#)
    writer.string(utf8: content)
    writer.framing(#","seq":"#)
    writer.integer(number)
    writer.framing("}")
    if let framing { writer.framing(framing.eventEnd) }
  }
}

extension ChatEventEncoder {
  private func begin(_ type: ServerMessageType, number: Int, into writer: inout JSONWriter) {
    prefixes?.write(type, number, into: &writer)
    writer.beginObject()
    writer.member("type", literal: type.name)
  }

  private func end(into writer: inout JSONWriter) {
    writer.endObject()
    if let framing { writer.framing(framing.eventEnd) }
  }
}

/// What stands before the data of a generation's server-sent events: `event:` is the type, `id:` is `GENERATION:SEQ`.
private final class ServerSentEventPrefixes {
  /// Of an event of any type, behind the type.
  private let id: [UInt8]
  let chunk: [UInt8]
  let thinking: [UInt8]

  init(_ generation: Generation) {
    id = Array("\nid: \(generation.id):".utf8)
    chunk = Array("event: \(ServerMessageType.streamChunk.name)".utf8) + id
    thinking = Array("event: \(ServerMessageType.thinkingChunk.name)".utf8) + id
  }

  func write(_ type: ServerMessageType, _ number: Int, into writer: inout JSONWriter) {
    writer.framing("event: ")
    writer.framing(type.name)
    write(id, number, into: &writer)
  }

  /// - Parameter prefix: up to the number.
  func write(_ prefix: [UInt8], _ number: Int, into writer: inout JSONWriter) {
    prefix.withUnsafeBytes { writer.framing($0) }
    writer.integer(number)
    writer.framing("\ndata: ")
  }
}
