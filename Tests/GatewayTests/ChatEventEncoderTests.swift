@testable import Gateway
import GatewayTesting
import JSON
import Sessions
import Testing

/// The events of a generation, byte for byte.
@Suite struct ChatEventEncoderTests {
  private func generation() async throws -> (Turn, SessionRegistry) {
    let registry = SessionRegistry()
    let turn = try await registry.beginTurn(
      TurnRequest(sessionID: SessionID("s"), message: "hi", model: "m:latest"))
    return (turn, registry)
  }

  private func text(
    _ framing: ChatEventEncoder.Framing, _ generation: Generation,
    _ body: (ChatEventEncoder, inout JSONWriter) -> Void
  ) -> String {
    var writer = JSONWriter()
    body(ChatEventEncoder(framing: framing, generation: generation), &writer)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  @Test func aChunkInBothForms() async throws {
    let (turn, _) = try await generation()
    let content = Array("a\n\"ü\u{2028}".utf8)
    let json = #"{"type":"stream_chunk","content":"a\n\"ü\u2028","done":false,"seq":7}"#
    let sse = content.withUnsafeBytes { bytes in
      text(.sse, turn.generation) { $0.encode(7, .text(bytes), into: &$1) }
    }
    #expect(sse == "event: stream_chunk\nid: \(turn.generation.id):7\ndata: \(json)\n\n")
    let ndjson = content.withUnsafeBytes { bytes in
      text(.ndjson, turn.generation) { $0.encode(7, .text(bytes), into: &$1) }
    }
    #expect(ndjson == json + "\n")
  }

  @Test func startAndDone() async throws {
    let (turn, _) = try await generation()
    let id = turn.generation.id
    #expect(
      text(.sse, turn.generation) { $0.start(into: &$1) }
        == "event: stream_start\nid: \(id):0\ndata: "
        + #"{"type":"stream_start","model":"m:latest","generation_id":"\#(id)","session_id":"s"}"# + "\n\n")
    #expect(
      text(.ndjson, turn.generation) { $0.encode(3, .done, into: &$1) }
        == #"{"type":"stream_chunk","content":"","done":true,"seq":3}"# + "\n")
  }

  @Test func theEndHasTheWholeText() async throws {
    let (turn, registry) = try await generation()
    Array("Hello".utf8).withUnsafeBytes { _ = turn.generation.log.append($0) }
    await registry.finishTurn(
      turn,
      .completed(doneReason: "length", usage: GenerationUsage(promptTokens: 26, completionTokens: 7)))
    let end = try #require(turn.generation.log.ending)
    let json = try TestJSON(text(.ndjson, turn.generation) { $0.encode(3, .end(end), into: &$1) })
    #expect(json["type"] == "stream_end")
    #expect(json["full_response"] == "Hello")
    #expect(json["done_reason"] == "length")
    #expect(json["usage"] == .object(["prompt_tokens": 26, "completion_tokens": 7]))
    #expect(json["timestamp"].string?.isTimestamp == true)
    #expect(json.keys == ["done_reason", "full_response", "timestamp", "type", "usage"])
  }

  @Test func aCancelledOneEndsWithWhatWasSaid() async throws {
    let (turn, registry) = try await generation()
    Array("Hel".utf8).withUnsafeBytes { _ = turn.generation.log.append($0) }
    await registry.finishTurn(turn, .cancelled)
    let end = try #require(turn.generation.log.ending)
    let json = try TestJSON(text(.ndjson, turn.generation) { $0.encode(3, .end(end), into: &$1) })
    #expect(json["type"] == "stream_end")
    #expect(json["done_reason"] == "cancelled")
    #expect(json["full_response"] == "Hel")
    #expect(json.keys == ["done_reason", "full_response", "timestamp", "type", "usage"])
  }

  @Test func aFailureIsAnErrorAndNoEnd() async throws {
    let (turn, registry) = try await generation()
    await registry.finishTurn(turn, .failed(code: "bad_gateway", message: "broke \"off\""))
    let end = try #require(turn.generation.log.ending)
    #expect(
      text(.sse, turn.generation) { $0.encode(1, .end(end), into: &$1) }
        == "event: error\nid: \(turn.generation.id):1\ndata: "
        + #"{"type":"error","code":"bad_gateway","message":"broke \"off\"","generation_id":"\#(turn.generation.id)"}"#
        + "\n\n")
  }
}
