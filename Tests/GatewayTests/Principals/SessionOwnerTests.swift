import Configuration
import GatewayTesting
import Testing

/// Whose sessions are whose, over HTTP.
@Suite(.serialized) struct SessionOwnerTests {
  static let text = "Hello from the fake Ollama."

  @Test func aStrangerSeesHisOwn() async throws {
    try await withGateway({ $0.trustTheTest() }) { gateway, _ in
      let ann = Caller(gateway, at: "203.0.113.1")
      let bob = Caller(gateway, at: "203.0.113.2")
      let local = Caller(onThisMachine: gateway)
      for (caller, word) in [(ann, "ann's"), (bob, "bob's"), (local, "local")] {
        let response = try await caller.say(word, session: "tour")
        #expect(response.json["session_id"] == "tour")
      }
      for (caller, word) in [(ann, "ann's"), (bob, "bob's"), (local, "local")] {
        #expect(try await caller.sessions == ["tour"])
        #expect(try await caller.contents(of: "tour") == [word, Self.text])
      }
      #expect(try await bob.status("DELETE", "tour") == 200)
      #expect(try await bob.status("GET", "tour") == 404)
      #expect(try await ann.contents(of: "tour")?.count == 2)
      // The same client from another port.
      #expect(try await Caller(gateway, at: "203.0.113.1").sessions == ["tour"])
    }
  }

  @Test func anothersNameIsUnknown() async throws {
    try await withGateway(ollama: .pausing(), { $0.trustTheTest() }) { gateway, ollama in
      let ann = Caller(gateway, at: "203.0.113.1")
      let bob = Caller(gateway, at: "203.0.113.2")
      let running = try await ann.open("Hi", session: "tour")
      try await ollama.wait("it runs") { $0.waiting(at: "go") == 1 }
      for (method, suffix) in [
        ("GET", ""), ("DELETE", ""), ("GET", "/stream"), ("HEAD", "/stream"), ("DELETE", "/stream"),
      ] {
        #expect(try await bob.status(method, "tour", suffix) == 404, "\(method) \(suffix)")
      }
      ollama.open("go")
      let end = try await running.perform { try $0.readResponse() }
      #expect(end.messages.last?["done_reason"] == "stop", "nobody has stopped it")
    }
  }

  /// Who knows a whole random id was told it.
  @Test func whoKnowsARandomIdTakesPart() async throws {
    try await withGateway(ollama: .pausing(), { $0.trustTheTest() }) { gateway, ollama in
      let ann = Caller(gateway, at: "203.0.113.1")
      let bob = Caller(gateway, at: "203.0.113.2")
      let anns = try await ann.open("Hi")
      try await ollama.wait("it runs") { $0.waiting(at: "go") == 1 }
      let session = try #require(try await ann.sessions.first)
      #expect(session.utf8.count == 36)
      #expect(try await bob.contents(of: session) == ["Hi"])
      #expect(try await bob.status("HEAD", session, "/stream") == 200)
      #expect(try await bob.status("DELETE", session, "/stream") == 403, "the turn is another's")
      #expect(try await bob.status("DELETE", session) == 403)
      let refused = try await bob.request("DELETE", "\(ChatClient.path)/sessions/\(session)/stream")
      RelayErrorsTests.expectForm(of: ChatClient.path, refused)
      ollama.open("go")
      #expect(try await anns.perform { try $0.readResponse() }.messages.last?["done_reason"] == "stop")

      #expect(try await bob.say("Me too", session: session, #""regenerate":true"#).status == 403)
      #expect(try await bob.say("Me too", session: session).json["session_id"].string == session)
      #expect(try await bob.say("Me, too", session: session, #""regenerate":true"#).status == 200)
      let heard = try await ann.contents(of: session)
      #expect(heard == ["Hi", "One two three", "Me, too", "One two three"])
      #expect(try await bob.get("\(ChatClient.path)/sessions/\(session)/stream").shape.last == "stream_end")
      #expect(try await bob.sessions == [])
      #expect(try await ann.sessions == [session])
      #expect(try await bob.status("DELETE", session) == 403)
      #expect(try await ann.status("DELETE", session) == 200)
      #expect(try await bob.status("GET", session) == 404)
    }
  }

  @Test func oneStopsHisOwnTurn() async throws {
    try await withGateway(ollama: .pausing(), { $0.trustTheTest() }) { gateway, ollama in
      let ann = Caller(gateway, at: "203.0.113.1")
      let bob = Caller(gateway, at: "203.0.113.2")
      let session = try await ann.socket().connection["session_id"].string ?? ""
      // It stays, as somebody has joined it.
      let joined = try await bob.socket(session: session)
      for stopping in [bob, ann] {
        let running = try await bob.open("Hi", session: session)
        while try await joined.receive()["seq"] != 2 {}
        #expect(try await stopping.status("DELETE", session, "/stream") == 200)
        let end = try await running.perform { try $0.readResponse() }
        #expect(end.messages.last?["done_reason"] == "cancelled")
      }
      ollama.open("go")
    }
  }

  /// What a message calls its author proves nothing.
  @Test func aUsersNameIsNoOwner() async throws {
    try await withGateway({ $0.trustTheTest() }) { gateway, _ in
      let ann = Caller(gateway, at: "203.0.113.1")
      let bob = Caller(gateway, at: "203.0.113.2")
      _ = try await ann.say("Hi", session: "tour", #""user_id":"ann""#)
      #expect(try await bob.say("Hi", session: "tour", #""user_id":"ann""#).status == 200)
      #expect(try await ann.contents(of: "tour")?.count == 2)
      #expect(try await ann.get("\(ChatClient.path)/sessions/tour").json["messages"][0]["user_id"] == "ann")
    }
  }

  @Test func allShareThem() async throws {
    try await withGateway({
      $0.trustTheTest()
      $0.sharedSessions = true
    }) { gateway, _ in
      let ann = Caller(gateway, at: "203.0.113.1")
      let bob = Caller(gateway, at: "203.0.113.2")
      let local = Caller(onThisMachine: gateway)
      _ = try await ann.say("one", session: "tour")
      _ = try await bob.say("two", session: "tour")
      for caller in [ann, bob, local] {
        #expect(try await caller.sessions == ["tour"])
        #expect(try await caller.contents(of: "tour")?.count == 4)
      }
      let socket = try await local.socket(session: "tour")
      await socket.say("clear_history")
      _ = try await socket.take("history_cleared")
      #expect(try await bob.status("DELETE", "tour") == 200)
      let page = try await local.request("GET", "/")
      #expect(page.headers["Set-Cookie"] == nil)
    }
  }
}
