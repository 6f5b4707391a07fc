import Configuration
import GatewayTesting
import Testing

/// Ends of a generation that are not Ollama's.
@Suite(.serialized) struct ChatStopTests {
  /// Two tokens, and then silence until the test says otherwise.
  private static func stalling() throws -> ScriptedOllama {
    try ScriptedOllama { _ in
      [
        .streamHead(), .chunk(OllamaWire.chatLine(model: "m", "Hel")),
        .chunk(OllamaWire.chatLine(model: "m", "lo")), .gate("stalled"), .silence,
      ]
    }
  }

  private func stop(_ gateway: RunningGateway, _ session: String) async throws -> TestClient.Response {
    try await TestClient.request(gateway.port, "DELETE", "\(ChatClient.path)/sessions/\(session)/stream")
  }

  @Test func aStoppedStreamEndsWithWhatWasSaid() async throws {
    try await withGateway(ollama: try Self.stalling()) { gateway, ollama in
      let chat = ChatClient(gateway)
      let client = try await chat.open("Hi", session: "s")
      try await client.perform { connection in
        _ = try connection.readHead()
        for _ in 0..<3 { _ = try connection.readEvent() }
      }
      let stopped = try await stop(gateway, "s")
      #expect(stopped.status == 200)
      #expect(stopped.json["status"] == "success")
      #expect(stopped.json["stopped"] == true)
      let events = try await client.perform { connection in
        var events: [TestClient.Event] = []
        while let event = try connection.readEvent() { events.append(event) }
        return events
      }
      #expect(events.map(\.type) == ["stream_chunk", "stream_end"])
      #expect(events[0].json["done"] == true)
      #expect(events[1].json["done_reason"] == "cancelled")
      #expect(events[1].json["full_response"] == "Hello")
      try await ollama.wait("the transfer has ended at Ollama") { $0.exchanges.first?.peerLeft == true }
      let history = try await chat.history("s")
      #expect(history["messages"][1]["content"] == "Hello")
      #expect(history["messages"][0]["failed"] == .null)
      let again = try await stop(gateway, "s")
      #expect(again.status == 200)
      #expect(again.json["stopped"] == false)
    }
  }

  @Test func aStoppedGenerationSaysSo() async throws {
    try await withGateway(ollama: try Self.stalling()) { gateway, ollama in
      let chat = ChatClient(gateway)
      async let pending = chat.send("Hi", session: "s")
      try await ollama.wait("both tokens are out") { $0.waiting(at: "stalled") == 1 }
      try await eventually("both tokens have arrived") {
        await gateway.lastEvent(of: "s") == 2
      }
      #expect(try await stop(gateway, "s").json["stopped"] == true)
      let response = try await pending
      #expect(response.status == 200)
      #expect(response.json["status"] == "cancelled")
      #expect(response.json["response"] == "Hello")
      #expect(response.json["usage"].keys == ["completion_tokens", "prompt_tokens"])
    }
  }

  /// Nothing was said: the message counts as failed.
  @Test func stoppedBeforeTheFirstToken() async throws {
    let ollama = try ScriptedOllama { _ in .silent }
    try await withGateway(ollama: ollama) { gateway, ollama in
      let chat = ChatClient(gateway)
      let client = try await chat.open("Hi", session: "s")
      try await ollama.wait("it is asked") { $0.requests.count == 1 }
      #expect(try await stop(gateway, "s").json["stopped"] == true)
      let response = try await client.perform { try $0.readResponse() }
      #expect(response.shape == ["stream_start", "stream_chunk", "stream_end"])
      #expect(response.messages.last?["done_reason"] == "cancelled")
      #expect(response.messages.last?["full_response"] == "")
      let history = try await chat.history("s")
      #expect(history["total"] == 1)
      #expect(history["messages"][0]["failed"] == true)
    }
  }

  @Test func nothingToStop() async throws {
    try await withGateway { gateway, _ in
      let unknown = try await stop(gateway, "none")
      #expect(unknown.status == 404)
      RelayErrorsTests.expectForm(of: ChatClient.path, unknown)
      _ = try await ChatClient(gateway).send("Hi", session: "s")
      let done = try await stop(gateway, "s")
      #expect(done.status == 200)
      #expect(done.json["stopped"] == false)
    }
  }

  /// The next message has its turn.
  @Test func theNextTurnRuns() async throws {
    try await withGateway(ollama: try Self.stalling()) { gateway, ollama in
      let chat = ChatClient(gateway)
      let first = try await chat.open("one", session: "s")
      try await ollama.wait("it runs") { $0.waiting(at: "stalled") == 1 }
      try await first.perform { connection in
        _ = try connection.readHead()
        for _ in 0..<3 { _ = try connection.readEvent() }
      }
      let second = try await chat.open("two", session: "s")
      try await gateway.waitForTurns(running: 1, waiting: 1)
      ollama.respond { _ in .chat(["fine"]) }
      #expect(try await stop(gateway, "s").status == 200)
      #expect(try await second.perform { try $0.readResponse() }.streamedText == "fine")
      #expect(ollama.snapshot.lastPrompt == ["user: one", "assistant: Hello", "user: two"])
    }
  }

  // MARK: Deletion

  @Test func aDeletedSessionEndsItsGeneration() async throws {
    try await withGateway(ollama: try Self.stalling()) { gateway, ollama in
      let chat = ChatClient(gateway)
      let client = try await chat.open("one", session: "s")
      try await client.perform { connection in
        _ = try connection.readHead()
        for _ in 0..<3 { _ = try connection.readEvent() }
      }
      async let waiting = chat.send("two", session: "s")
      try await gateway.waitForTurns(running: 1, waiting: 1)
      let deleted = try await TestClient.request(gateway.port, "DELETE", "\(ChatClient.path)/sessions/s")
      #expect(deleted.status == 200)
      #expect(deleted.json["messages_deleted"] == 1)
      let rest = try await client.perform { connection in
        var types: [String?] = []
        while let event = try connection.readEvent() { types.append(event.type) }
        return types
      }
      #expect(rest == ["stream_chunk", "stream_end"])
      #expect(try await waiting.status == 404, "there is no session any more")
      try await ollama.wait("the transfer has ended at Ollama") { $0.exchanges.first?.peerLeft == true }
      #expect(ollama.snapshot.requestCount == 1)
      let gone = try await TestClient.get(gateway.port, "\(ChatClient.path)/sessions/s")
      #expect(gone.status == 404)
      try await gateway.waitForTurns(running: 0, waiting: 0)
    }
  }

  // MARK: Clients that leave

  /// A generation outlives its listener: the message is in the history.
  @Test func itGoesOnWithoutAListener() async throws {
    let ollama = try ScriptedOllama { _ in
      [.streamHead(), .chunk(OllamaWire.chatLine(model: "m", "Hel")), .gate("rest")]
        + Script([
          .chunk(OllamaWire.chatLine(model: "m", "lo")),
          .chunk(OllamaWire.chatEnd(model: "m", evalCount: 2) + "\n"), .endChunks,
        ])
    }
    try await withGateway(ollama: ollama) { gateway, ollama in
      let chat = ChatClient(gateway)
      let client = try await chat.open("Hi", session: "s")
      try await client.perform { connection in
        _ = try connection.readHead()
        _ = try connection.readEvent()
        connection.reset()
      }
      async let unary = chat.send("Hi", session: "t")
      try await ollama.wait("both run") { $0.waiting(at: "rest") == 2 }
      ollama.open("rest")
      #expect(try await unary.json["response"] == "Hello")
      try await eventually("the message is in the history") {
        try await chat.history("s")["messages"][1]["content"] == "Hello"
      }
      #expect(ollama.snapshot.exchanges.allSatisfy { !$0.peerLeft })
    }
  }

  /// But not for ever.
  @Test(arguments: [true, false])
  func itIsCancelledAfterTheGrace(streams: Bool) async throws {
    let ollama = try ScriptedOllama { _ in .endless(every: .milliseconds(5)) }
    try await withGateway(ollama: ollama, { $0.sessionGrace = .milliseconds(100) }) { gateway, ollama in
      let chat = ChatClient(gateway)
      let client = try await TestClient.connect(gateway.port)
      try await client.perform {
        try $0.sendPost(ChatClient.path, json: ChatClient.body("Hi", session: "s", stream: streams))
      }
      try await eventually("tokens have come") {
        await gateway.lastEvent(of: "s") > 3
      }
      #expect(ollama.snapshot.inProgressCount == 1)
      try await client.perform { $0.reset() }
      try await ollama.wait("the transfer has ended at Ollama") { $0.exchanges.first?.peerLeft == true }
      try await gateway.waitForTurns(running: 0, waiting: 0)
      let history = try await chat.history("s")
      #expect(history["total"] == 2)
      #expect(history["messages"][1]["content"].string?.hasPrefix("HelloHello") == true)
    }
  }

  @Test func aListenerKeepsItGoing() async throws {
    let ollama = try ScriptedOllama { _ in .endless(every: .milliseconds(5)) }
    try await withGateway(ollama: ollama, { $0.sessionGrace = .milliseconds(50) }) { gateway, ollama in
      let client = try await ChatClient(gateway).open("Hi", session: "s")
      // Some half a second, many times the grace.
      try await client.perform { connection in
        _ = try connection.readHead()
        for _ in 0..<100 { _ = try connection.readEvent() }
      }
      #expect(ollama.snapshot.inProgressCount == 1)
      try await gateway.waitForTurns(running: 1, waiting: 0)
    }
  }
}
