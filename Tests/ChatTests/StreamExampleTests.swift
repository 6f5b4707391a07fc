import GatewayTesting
import JSON
import OllamaAPI
import Schemas
import Sessions
import System
import Testing

@testable import Chat

/// The examples of streams in the API's document, against what the gateway writes.
@Suite struct StreamExampleTests {
  private static func example(_ name: String) throws -> String {
    let file = try TestJSON(SchemaFile.chat.content)
    return try #require(file["examples"][name]["value"].string)
  }

  /// The events' JSON: lines, or the data of server-sent events.
  private static func events(in text: String, _ framing: StreamFraming) throws -> [TestJSON] {
    let mark = framing == .sse ? "data: " : ""
    return try text.split(separator: "\n").filter { $0.hasPrefix(mark) }
      .map { try TestJSON(String($0.dropFirst(mark.count))) }
  }

  @Test(
    "An example of a stream is what the encoder writes, byte for byte",
    arguments: [("chat.events", StreamFraming.sse), ("chat.lines", .ndjson)])
  func theEncoderWritesIt(name: String, framing: StreamFraming) async throws {
    let example = try Self.example(name)
    let events = try Self.events(in: example, framing)
    let (start, end) = (try #require(events.first), try #require(events.last))
    let turn = try await SessionRegistry().beginTurn(
      TurnRequest(
        sessionID: SessionID(start["session_id"].string ?? ""), message: "?",
        model: start["model"].string ?? ""))
    let generation = turn.generation
    let encoder = ChatEventEncoder(generation, framing: framing)
    var writer = JSONWriter()
    encoder.start(into: &writer)
    for event in events.dropFirst().dropLast() {
      let text = Array((event["content"].string ?? "").utf8)
      text.withUnsafeBytes { bytes in
        let isThought = event["type"] == "thinking_chunk"
        if !bytes.isEmpty { _ = generation.log.append(bytes, as: isThought ? .thinking : .content) }
        let written: GenerationEvent =
          event["done"] == true ? .done : isThought ? .thinking(bytes) : .text(bytes)
        encoder.encode(event["seq"].int ?? 0, written, into: &writer)
      }
    }
    let usage = GenerationUsage(
      promptTokens: end["usage"]["prompt_tokens"].int ?? 0,
      completionTokens: end["usage"]["completion_tokens"].int ?? 0)
    let outcome = GenerationOutcome.completed(doneReason: end["done_reason"].string ?? "", usage: usage)
    let last = GenerationEnd(outcome: outcome, timestamp: Timestamp(millisecondsSince1970: 0))
    encoder.encode(events.count - 1, .end(last), into: &writer)
    let text = String(decoding: writer.bytes, as: UTF8.self)
      .replacing(generation.id, with: start["generation_id"].string ?? "")
      .replacing("1970-01-01T00:00:00.000Z", with: end["timestamp"].string ?? "")
    #expect(text == example)
    #expect(end["timestamp"].string?.utf8.count == Timestamp.iso8601Length)
  }
}
