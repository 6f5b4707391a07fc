import Configuration
import GatewayTesting
import Testing

/// Coming back to a generation: by a message, and by the query of the address.
@Suite struct WebSocketResumeTests {
  @Test(arguments: ChatWebSocket.routes)
  func nothingToResumeIsToldAtOnce(route: String) async throws {
    try await withGateway { gateway, _ in
      let chat = try await ChatWebSocket(gateway, route)
      await chat.say("resume", #""after":3"#)
      #expect(try await chat.take("error")["code"] == "not_found")
      await chat.say("resume", #""session_id":"nobody's","after":0"#)
      #expect(try await chat.take("error")["code"] == "unprocessable_content")
      await chat.say("resume", #""session_id":"unknown","after":0"#)
      #expect(try await chat.take("error")["code"] == "not_found")
    }
  }

  @Test func fromEveryPlaceOfAnEndedGeneration() async throws {
    try await withGateway { gateway, _ in
      let chat = try await ChatWebSocket(gateway, session: "s")
      await chat.chat()
      let events = Array(try await chat.receive(through: "stream_end").dropFirst(2))
      let chunks = events.count - 1
      #expect(chunks > 2)
      for after in [0, 1, chunks - 1, chunks, chunks + 1, chunks + 100, 1 << 53 - 1] {
        await chat.say("resume", #""after":\#(after)"#)
        let resumed = try await chat.take("resumed")
        #expect(resumed["from"].int == after)
        let rest = try await chat.receive(through: "stream_end")
        let told = rest.filter { $0["type"] != "stream_start" }
        #expect(told == Array(events[min(after, chunks)...]), "after \(after)")
        #expect(rest.contains { $0["type"] == "stream_start" } == (after == 0))
        let again = try await ChatWebSocket(gateway, session: "s", "after=\(after)")
        #expect(again.connection["generation"] == nil)
        #expect(try await again.receive(through: "stream_end") == rest, "after \(after)")
      }
    }
  }

  /// A client that has numbers of another generation, say, must learn that this one is over.
  @Test func beyondARunningGeneration() async throws {
    try await withGateway(ollama: .pausing()) { gateway, ollama in
      let chat = try await ChatWebSocket(gateway, session: "s")
      await chat.chat()
      while try await chat.receive()["seq"] != 2 {}
      let late = try await ChatWebSocket(gateway, session: "s", "after=9007199254740991")
      #expect(late.connection["generation"]["seq"] == 2)
      ollama.open("go")
      let rest = try await late.receive(through: "stream_end")
      #expect(rest.shape == ["stream_chunk", "stream_end"])
      #expect(rest.last?["full_response"] == "One two three")
    }
  }

  @Test func inTheMiddle() async throws {
    try await withGateway(ollama: .pausing()) { gateway, ollama in
      let chat = try await ChatWebSocket(gateway, session: "s")
      await chat.chat()
      while try await chat.receive()["seq"] != 2 {}
      let other = try await ChatWebSocket(gateway, session: "elsewhere")
      let back = try await ChatWebSocket(gateway, session: "s", "after=1")
      let id = try #require(back.connection["generation"]["id"].string)
      #expect(back.connection["generation"]["model"] == "tinyllama:latest")
      // From another session's socket too.
      await other.say("resume", #""session_id":"s","after":0"#)
      #expect(try await other.take("resumed")["generation_id"].string == id)
      #expect(try await other.take("stream_start")["generation_id"].string == id)
      ollama.open("go")
      let rest = try await back.receive(through: "stream_end")
      #expect(rest.streamedText == "two three")
      #expect(rest.compactMap { $0["seq"].int } == [2, 3, 4])
      #expect(try await other.receive(through: "stream_end").streamedText == "One two three")
      // The one that was there all along.
      #expect(try await chat.receive(through: "stream_end").streamedText == "three")
    }
  }
}
