@testable import Chat
@testable import Handling
import GatewayTesting
import JSON
import Sessions
import Testing

/// What is said over a chat's WebSocket, without one.
@Suite struct WebSocketProtocolTests {
  /// Of one session, with what it has written so far.
  private struct Run {
    var dialogue = ChatSocketProtocol(sessionID: SessionID("s")!, clientID: "c", instance: "i")
    var writer = JSONWriter()

    mutating func message() throws -> TestJSON {
      let message = try TestJSON(writer.bytes)
      writer.reset()
      return message
    }
  }

  private static func generation(in registry: SessionRegistry, _ session: String) async throws -> (
    Turn, Generation
  ) {
    let turn = try await registry.beginTurn(
      TurnRequest(sessionID: SessionID(session)!, user: "u", message: "m", model: "m:latest"))
    return (turn, turn.generation)
  }

  /// A client that is 16 generations behind has missed something, and has to know.
  @Test func aListenerTooFarBehindIsTold() async throws {
    let registry = SessionRegistry()
    var run = Run()
    for number in 0..<17 {
      let (turn, generation) = try await Self.generation(in: registry, "s")
      let command = run.dialogue.generationDidStart(generation, ownTurn: nil, into: &run.writer)
      if case .follow(_, after: 0)? = command {
        #expect(number == 0)
      } else {
        #expect(command == nil && number > 0)
      }
      await registry.finishTurn(turn, .cancelled)
    }
    let (_, last) = try await Self.generation(in: registry, "s")
    guard case .leave(let reason)? = run.dialogue.generationDidStart(last, ownTurn: nil, into: &run.writer)
    else {
      Issue.record("nothing is said of the generation that is left out")
      return
    }
    #expect(reason.contains("keep up"))
  }

  /// Asking again and again for what waits already does not add to it.
  @Test func resumingToAndFroIsBounded() async throws {
    let registry = SessionRegistry()
    var run = Run()
    let generations = [
      try await Self.generation(in: registry, "a").1, try await Self.generation(in: registry, "b").1,
    ]
    for number in 0..<100 {
      let generation = generations[number % 2]
      guard
        case .follow(let followed, after: 7)? = run.dialogue.resume(generation, after: 7, into: &run.writer)
      else {
        Issue.record("not resumed")
        return
      }
      #expect(followed === generation)
      #expect(try run.message()["type"] == "resumed")
    }
    // The other one is told next, once.
    guard case .follow(let next, after: 0)? = run.dialogue.generationDidEnd(into: &run.writer) else {
      Issue.record("nothing follows")
      return
    }
    #expect(next === generations[0])
    #expect(run.dialogue.generationDidEnd(into: &run.writer) == nil)
  }

  /// Thousands of questions sent at once: few are under way, and the others are refused and cost nothing more.
  @Test func questionsAreBounded() throws {
    var run = Run()
    let questions: [ChatSocketMessage] = [
      .stop, .resume(nil, after: .max), .history, .clearHistory, .command(.getHistory), .command(.getMetrics),
    ]
    for round in 0..<3 {
      var asked = 0
      for number in 0..<1000 {
        let command = run.dialogue.receive(questions[number % questions.count], into: &run.writer)
        if command != nil {
          asked += 1
          #expect(run.writer.bytes.isEmpty)
        } else {
          let error = try run.message()
          #expect(error["type"] == "error" && error["code"] == "too_many_requests")
        }
      }
      #expect(asked == ChatSocketProtocol.questionLimit, "round \(round)")
      for _ in 0..<asked { run.dialogue.questionDidEnd() }
    }
    #expect(run.dialogue.receive(.ping, into: &run.writer) == nil)
    #expect(try run.message()["type"] == "pong")
  }

  /// The text so far is told as long as it is short, also to who comes back; the tokens go on.
  @Test func theTextSoFarHasABound() async throws {
    let registry = SessionRegistry()
    let (_, generation) = try await Self.generation(in: registry, "s")
    let pieces = ["a", String(repeating: "é", count: 8 << 10 - 1), "b", "c"]
    for piece in pieces { Array(piece.utf8).withUnsafeBytes { _ = generation.log.append($0) } }
    for seen in 0..<pieces.count {
      var run = Run()
      let request = try #require(ChatMessageRequest.sample)
      guard
        case .beginTurn(_, _, let number)? = run.dialogue.receive(
          .text(request, includesContext: true), into: &run.writer)
      else {
        Issue.record("no turn")
        return
      }
      run.writer.reset()
      _ = run.dialogue.generationDidStart(generation, ownTurn: number, into: &run.writer)
      if seen > 0 {
        _ = run.dialogue.resume(generation, after: seen, into: &run.writer)
        run.writer.reset()
      }
      for index in seen..<pieces.count {
        Array(pieces[index].utf8).withUnsafeBytes {
          run.dialogue.write(index + 1, .text($0), into: &run.writer)
        }
        let message = try run.message()
        #expect(message["token"].string == pieces[index])
        let soFar = pieces[...index].joined()
        #expect(message["partial"].string == (soFar.utf8.count <= 16 << 10 ? soFar : nil), "\(seen) \(index)")
      }
    }
  }

  /// Whatever stands for a number in `resume`.
  @Test(arguments: [
    ("0", 0), ("7", 7), ("7.0", 7), ("1e3", 1000), ("9007199254740991", 1 << 53 - 1),
    ("9007199254740992", nil),
    ("9223372036854775807", nil), ("null", 0),
    ("9223372036854775808", nil), ("-1", nil), ("-9223372036854775808", nil), ("1e400", nil), ("1e19", nil),
    ("7.5", nil), (#""7""#, 7), (#""x""#, nil), ("true", nil), ("[]", nil), ("{}", nil),
  ])
  func whatIsTakenForANumber(_ text: String, _ number: Int?) {
    let reader = JSONReader(maximumBytes: 1 << 20)
    var message: ChatSocketMessage?
    let json = Array(#"{"type":"resume","after":\#(text)}"#.utf8)
    do throws(RequestFailure) {
      message = try json.withUnsafeBufferPointer { bytes throws(RequestFailure) in
        try reader.withDocument(UnsafeRawBufferPointer(bytes)) { root throws(RequestFailure) in
          try ChatSocketMessage(root, defaultModel: "m:latest")
        }
      }
    } catch {
      #expect(error.status == 422 || error.status == 400)
    }
    #expect(message == number.map { .resume(nil, after: $0) })
  }
}

extension ChatMessageRequest {
  /// One that a client might send.
  fileprivate static var sample: ChatMessageRequest? {
    try? JSONReader(maximumBytes: 1 << 10).withDocument(#"{"message":"m"}"#) { root throws(RequestFailure) in
      try ChatMessageRequest(root, variant: .message, defaultModel: "m:latest", streamsByDefault: true)
    }
  }
}
