import JSON
import Sessions
import System
import Testing

@testable import Chat

/// The five forms in which the end of a generation is told, byte for byte.
@Suite struct GenerationEndFormsTests {
  private static let timestamp = Timestamp(millisecondsSince1970: 1_767_225_600_250)
  private static let note =
    "The model used up its tokens before it said anything: raise max_tokens, or let it think less."

  /// How a generation ended, and what is told of it.
  struct Case: Sendable {
    let outcome: GenerationOutcome
    var text = "Hello"
    var thinking = ""
    /// `done_reason`, with a note if there is one.
    let reason: String
    /// With a comma before it; empty where nobody knows it.
    let usage: String
    var isWhole = true
  }

  private static let cost = GenerationUsage(promptTokens: 26, completionTokens: 7)
  private static let costText = #","usage":{"prompt_tokens":26,"completion_tokens":7}"#

  static let cases = [
    Case(
      outcome: .completed(doneReason: "stop", usage: cost), thinking: "hm", reason: #""stop""#,
      usage: costText),
    Case(
      outcome: .completed(doneReason: "length", usage: cost), text: "",
      reason: #""length","note":"\#(note)""#,
      usage: costText),
    Case(
      outcome: .completed(doneReason: "length", usage: cost), reason: #""length""#, usage: costText),
    Case(outcome: .cancelled, reason: #""cancelled""#, usage: "", isWhole: false),
  ]

  private func generation(_ end: Case) async throws -> Generation {
    let turn = try await SessionRegistry().beginTurn(
      TurnRequest(sessionID: SessionID("s"), message: "hi", model: "m:latest"))
    for (text, kind) in [(end.thinking, TextKind.thinking), (end.text, .content)] where !text.isEmpty {
      Array(text.utf8).withUnsafeBytes { _ = turn.generation.log.append($0, as: kind) }
    }
    return turn.generation
  }

  private func text(_ write: (inout JSONWriter) -> Void) -> String {
    var writer = JSONWriter()
    write(&writer)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  @Test(arguments: cases)
  func theLastEventOfAStream(_ end: Case) async throws {
    let encoder = ChatEventEncoder(try await generation(end), framing: nil)
    let last = GenerationEnd(outcome: end.outcome, timestamp: Self.timestamp)
    let thinking = end.thinking.isEmpty ? "" : #","thinking":"\#(end.thinking)""#
    #expect(
      text { encoder.encode(9, .end(last), into: &$0) }
        == #"{"type":"stream_end","full_response":"\#(end.text)"\#(thinking),"#
        + #""timestamp":"2026-01-01T00:00:00.250Z","done_reason":\#(end.reason)\#(end.usage)}"#)
  }

  @Test(arguments: cases)
  func theDocumentsOverHTTP(_ end: Case) async throws {
    let generation = try await generation(end)
    let completion = try #require(
      GenerationCompletion(
        of: generation, GenerationEnd(outcome: end.outcome, timestamp: Self.timestamp)))
    let write = { (form: ChatUnaryResponder.Form) in
      self.text { writer in
        var document = form.document(of: completion, responseTime: 1.5)
        while document.write(into: &writer) {}
      }
    }
    // In one piece there is a usage in any case.
    let usage = end.usage.isEmpty ? #","usage":{"prompt_tokens":0,"completion_tokens":0}"# : end.usage
    let thinking = end.thinking.isEmpty ? "" : #","thinking":"\#(end.thinking)""#
    #expect(
      write(.chat)
        == #"{"response":"\#(end.text)"\#(thinking),"session_id":"s","model":"m:latest","#
        + #""status":"\#(end.isWhole ? "success" : "cancelled")","done_reason":\#(end.reason),"#
        + #""timestamp":"2026-01-01T00:00:00.250Z","response_time":1.5\#(usage)}"#)
    #expect(
      write(.simple)
        == #"{"response":"\#(end.text)","model":"m:latest","success":\#(end.isWhole),"session_id":"s","#
        + #""timestamp":"2026-01-01T00:00:00.250Z","metadata":{"done_reason":\#(end.reason),"#
        + #""response_time":1.5\#(usage)}}"#)
  }

  @Test(arguments: cases)
  func theMessagesOfAWebSocket(_ end: Case) async throws {
    let generation = try await generation(end)
    let dialogue = ChatSocketProtocol(sessionID: try #require(SessionID("s")), clientID: "c", instance: "i")
    let last = GenerationEnd(
      outcome: end.outcome,
      timestamp: Timestamp(millisecondsSince1970: generation.startedAt.millisecondsSince1970 + 1500))
    let thinking = end.thinking.isEmpty ? "" : #","thinking":"\#(end.thinking)""#
    #expect(
      text { dialogue.write(last, of: generation, as: .whole, into: &$0) }
        == #"{"type":"response","content":"\#(end.text)"\#(thinking),"model":"m:latest","#
        + #""timestamp":"\#(last.timestamp.iso8601)","done_reason":\#(end.reason)\#(end.usage)}"#)
    #expect(
      text { dialogue.write(last, of: generation, as: .assistant(streams: true), into: &$0) }
        == #"{"type":"response","data":{"success":true,"response":"\#(end.text)","metadata":{"#
        + #""model":"m:latest","model_used":"m:latest","latency":1.5,"streamed":true,"#
        + #""timestamp":"\#(last.timestamp.iso8601)","done_reason":\#(end.reason)\#(end.usage)}}}"#)
  }
}
