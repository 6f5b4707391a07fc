import Configuration
@testable import APIReference
@testable import Chat
@testable import Gateway
@testable import Handling
@testable import Operations
@testable import Pages
@testable import Relay
@testable import Upstreams
import GatewayTesting
import Testing

/// Turns of one session, by several sockets on several workers.
@Suite struct WebSocketTurnsTests {
  /// Sockets of one session on both workers.
  private func sockets(_ gateway: RunningGateway, _ session: String) async throws -> [ChatWebSocket] {
    var sockets: [ChatWebSocket] = []
    // The kernel gives connections to the workers as it likes: so many never all go to one.
    for number in 0..<24 {
      sockets.append(try await ChatWebSocket(gateway, ChatWebSocket.routes[number % 2], session: session))
    }
    return sockets
  }

  /// All see the same chunks with the same numbers in the same order, whoever has asked.
  @Test func everybodyHearsTheSame() async throws {
    let ollama = try ScriptedOllama { _ in .chat((0..<300).map { "é\($0) " }) }
    try await withGateway(ollama: ollama) { gateway, _ in
      let sockets = try await sockets(gateway, "s")
      for asking in [0, 7] {
        await sockets[asking].chat("Go on")
        _ = try await sockets[asking].take("message_received")
        let first = try await sockets[0].receive(through: "stream_end")
        #expect(first.shape == ["stream_start", "stream_chunk", "stream_end"])
        #expect(first.compactMap { $0["seq"].int } == Array(1...301))
        #expect(first.streamedText == (0..<300).map { "é\($0) " }.joined())
        for socket in sockets.dropFirst() {
          #expect(try await socket.receive(through: "stream_end") == first)
        }
      }
    }
  }

  @Test("A turn can be stopped", arguments: ChatWebSocket.routes)
  func stopping(route: String) async throws {
    try await withGateway(ollama: .pausing()) { gateway, ollama in
      let chat = try await ChatWebSocket(gateway, route, session: "s")
      let other = try await ChatWebSocket(gateway, route, session: "s")
      await chat.chat()
      while try await chat.receive()["seq"] != 2 {}
      await other.say("stop")
      let rest = try await chat.receive(through: "stream_end")
      #expect(rest.shape == ["stream_chunk", "stream_end"])
      #expect(rest.last?["done_reason"] == "cancelled")
      #expect(rest.last?["full_response"] == "One two ")
      #expect(try await other.receive(through: "stream_end").streamedText == "One two ")
      try await ollama.wait("Ollama is told") { $0.exchanges.first?.peerLeft == true }
      // With nothing to stop, nothing happens.
      await chat.say("stop")
      await chat.say("ping")
      _ = try await chat.take("pong")
    }
  }

  /// While one turn runs, others wait, and questions are served at once.
  @Test("Turns of one session run one after the other", arguments: ChatWebSocket.routes)
  func queuedTurns(route: String) async throws {
    try await withGateway(ollama: .pausing()) { gateway, ollama in
      let chat = try await ChatWebSocket(gateway, route, session: "s")
      await chat.chat("one")
      while try await chat.receive()["seq"] != 2 {}
      await chat.chat("two")
      await chat.chat("three", #""stream":false"#)
      #expect(try await chat.take("message_queued")["message"] == "two")
      #expect(try await chat.take("message_queued")["message"] == "three")
      await chat.say("ping")
      _ = try await chat.take("pong")
      await chat.say("history")
      #expect(try await chat.take("history")["count"] == 1)
      ollama.open("go")
      let messages = try await chat.receive(through: "response")
      #expect(
        messages.shape == [
          "stream_chunk", "stream_end", "message_received", "stream_start", "stream_chunk", "stream_end",
          "message_received", "response",
        ])
      #expect(messages.last?["content"] == "One two three")
      let asked = ollama.snapshot.exchanges(for: "/api/chat").map {
        $0.request.json["messages"].array.last?["content"].string
      }
      #expect(asked == ["one", "two", "three"])
    }
  }

  @Test func tooManyWaitingTurns() async throws {
    try await withGateway(ollama: .pausing()) { gateway, ollama in
      let chat = try await ChatWebSocket(gateway, session: "s")
      for number in 0..<20 { await chat.chat("\(number)") }
      let error = try await chat.receive(through: "error").last
      #expect(error?["code"] == "too_many_requests")
      ollama.open("go")
      for _ in 0..<16 { _ = try await chat.receive(through: "stream_end") }
      await chat.say("ping")
      _ = try await chat.receive(through: "pong")
    }
  }

  /// Generations asked for by REST are heard, and those asked for here are found there.
  @Test func withTheOtherWaysToTalk() async throws {
    try await withGateway { gateway, _ in
      let chat = try await ChatWebSocket(gateway, session: "s")
      let sent = try await ChatClient(gateway).send("Hello", session: "s")
      let heard = try await chat.receive(through: "stream_end")
      #expect(heard.shape == ["stream_start", "stream_chunk", "stream_end"])
      #expect(heard.last?["full_response"] == sent.json["response"])
      let events = try await ChatClient(gateway).resume("s")
      #expect(events.streamedText == heard.streamedText)
    }
  }

  /// A generation outlives its last listener by the grace, and no longer.
  @Test("A generation outlives its last listener by the grace", arguments: [true, false])
  func theGrace(leavesInOrder: Bool) async throws {
    try await withGateway(ollama: .pausing()) {
      $0.sessionGrace = .milliseconds(50)
    } _: { gateway, ollama in
      let chat = try await ChatWebSocket(gateway, session: "s")
      await chat.chat()
      while try await chat.receive()["seq"] != 2 {}
      if leavesInOrder { try await chat.socket.close() } else { await chat.socket.kill() }
      try await ollama.wait("the generation is cancelled") { $0.exchanges.first?.peerLeft == true }
      // Ollama may see it before the registry does.
      try await eventually("what was said is kept") {
        try await ChatClient(gateway).history("s")["messages"][1]["content"] == "One two "
      }
    }
  }
}
