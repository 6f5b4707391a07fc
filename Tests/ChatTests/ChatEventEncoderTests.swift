import EventLoop
@testable import Chat
@testable import Handling
import GatewayTesting
import JSON
import OllamaAPI
import Sessions
import System
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
    _ framing: StreamFraming?, _ generation: Generation,
    _ body: (ChatEventEncoder, inout JSONWriter) -> Void
  ) -> String {
    var writer = JSONWriter()
    body(ChatEventEncoder(generation, framing: framing), &writer)
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

  /// Ends of a generation, and whether it thinks and how long its text is.
  static let ends: [GenerationOutcome] = [
    .completed(doneReason: "stop", usage: GenerationUsage(promptTokens: 26, completionTokens: 7)),
    .completed(doneReason: "length", usage: GenerationUsage()), .cancelled,
    .failed(code: "service_unavailable", message: "a \"busy\" one", retryAfter: 7),
    .failed(code: "bad_gateway", message: "broke off"),
  ]

  @Test("Each event has one JSON, byte by byte, over SSE, NDJSON and WebSockets", arguments: ends)
  func oneJSONForAll(outcome: GenerationOutcome) async throws {
    for texts in [[], ["Hel\u{2028}lo", "\u{1}", "é"], [String(repeating: "ab\n", count: 30_000)]] {
      let (turn, registry) = try await generation()
      let generation = turn.generation
      for text in texts {
        for kind in [TextKind.thinking, .content] {
          Array(text.utf8).withUnsafeBytes { _ = generation.log.append($0, as: kind) }
        }
      }
      await registry.finishTurn(turn, outcome)
      try await onItsLoop { loop in
        let encoders = [nil, StreamFraming.ndjson, .sse].map { ChatEventEncoder(generation, framing: $0) }
        let starts = encoders.map { encoder in Self.bytes { encoder.start(into: &$0) } }
        Self.expectSame(starts, 0, "stream_start", of: generation)
        let subscription = generation.log.subscribe(on: loop) {}
        while subscription.read({ number, event in
          let events = encoders.map { encoder in Self.bytes { encoder.encode(number, event, into: &$0) } }
          Self.expectSame(events, number, Self.type(of: event), of: generation)
        }) == .more {}
      }
    }
  }

  @Test("Where a generation stands in the queue has no number, and is told once and to late listeners")
  func queuedHasNoNumber() async throws {
    let (turn, registry) = try await generation()
    let generation = turn.generation
    try await onItsLoop { loop in
      let early = generation.log.subscribe(on: loop) {}
      func read(_ subscription: Subscription, _ framing: StreamFraming? = nil) -> [String] {
        let encoder = ChatEventEncoder(generation, framing: framing)
        var told: [String] = []
        _ = subscription.read { number, event in
          #expect(number == 0)
          told.append(Self.bytes { encoder.encode(number, event, into: &$0) })
        }
        return told
      }
      generation.log.stand(GenerationWait(position: 2, seconds: nil, reason: .busy))
      let busy = #"{"type":"queued","position":2,"reason":"busy","model":"\#(generation.model)"}"#
      #expect(read(early) == [busy])
      #expect(read(early).isEmpty)
      generation.log.stand(GenerationWait(position: 1, seconds: 7, reason: .loading, server: "gpu1"))
      let loading =
        #"{"type":"queued","position":1,"eta_seconds":7,"reason":"loading","server":"gpu1","#
        + #""model":"\#(generation.model)"}"#
      #expect(read(early, .sse) == ["event: queued\ndata: \(loading)\n\n"])
      #expect(read(generation.log.subscribe(on: loop) {}, .ndjson) == [loading + "\n"])
      generation.log.stand(nil)
      #expect(read(generation.log.subscribe(on: loop) {}).isEmpty)
    }
    await registry.finishTurn(turn, .cancelled)
  }

  private static func type(of event: GenerationEvent) -> String {
    switch event {
    case .queued: "queued"
    case .text, .done: "stream_chunk"
    case .thinking: "thinking_chunk"
    case .end(let end): end.failure == nil ? "stream_end" : "error"
    }
  }

  private static func bytes(_ body: (inout JSONWriter) -> Void) -> String {
    var writer = JSONWriter()
    body(&writer)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// - Parameter forms: over a WebSocket, as a line, and as a server-sent event.
  private static func expectSame(
    _ forms: [String], _ number: Int, _ type: String, of generation: Generation
  ) {
    #expect(forms[0].hasPrefix(#"{"type":"\#(type)","#) && forms[0].hasSuffix("}"))
    #expect(forms[1] == forms[0] + "\n")
    #expect(forms[2] == "event: \(type)\nid: \(generation.id):\(number)\ndata: \(forms[0])\n\n")
  }

  private func onItsLoop(_ body: @escaping @Sendable (EventLoop) -> Void) async throws {
    let loop = try EventLoop(name: "encoder")
    defer { loop.shutDown() }
    await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
      loop.execute {
        body(loop)
        done.resume()
      }
    }
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
    #expect(json["timestamp"].string == end.timestamp.iso8601)
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
    #expect(json.keys == ["done_reason", "full_response", "timestamp", "type"], "nobody knows what it cost")
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
