import Configuration
import Gateway
import GatewayTesting
import Testing

/// Clients of the chat API that leave before their response is there.
@Suite struct ChatDepartureTests {
  /// Without a stream nobody comes back for the rest: the turn ends at once, and the next begins.
  @Test func aGenerationInOnePieceEndsWithItsClient() async throws {
    try await withGateway(ollama: .pausing()) { gateway, ollama in
      let chat = ChatClient(gateway)
      let client = try await TestClient.connect(gateway.port)
      try await client.perform { try $0.sendPost(ChatClient.path, json: ChatClient.body("Hi", session: "s")) }
      try await eventually("two tokens are there") { await gateway.lastEvent(of: "s") == 2 }
      async let next = chat.send("And?", session: "s")
      try await gateway.waitForTurns(running: 1, waiting: 1)
      try await client.perform { $0.close() }
      try await ollama.wait("the first is ended, and the next begins") {
        $0.exchanges(for: "/api/chat").first?.peerLeft == true && $0.exchanges(for: "/api/chat").count == 2
      }
      ollama.open("go")
      let response = try await next
      #expect(response.json["response"] == "One two three")
      let messages = try await chat.history("s")["messages"]
      #expect(
        messages.array.map { $0["content"].string } == ["Hi", "One two ", "And?", "One two three"])
    }
  }

  /// As long as somebody else listens it goes on.
  @Test func aGenerationInOnePieceGoesOnForOthers() async throws {
    try await withGateway(ollama: .pausing()) { gateway, ollama in
      let socket = try await ChatWebSocket(gateway, session: "s")
      let client = try await TestClient.connect(gateway.port)
      try await client.perform { try $0.sendPost(ChatClient.path, json: ChatClient.body("Hi", session: "s")) }
      while try await socket.receive()["seq"] != 2 {}
      try await client.perform { $0.close() }
      await socket.say("ping")
      _ = try await socket.take("pong")
      ollama.open("go")
      #expect(try await socket.receive(through: "stream_end").last?["full_response"] == "One two three")
    }
  }

  /// Over a WebSocket likewise.
  @Test(arguments: ChatWebSocket.routes)
  func aSocketsGenerationInOnePieceEndsWithIt(route: String) async throws {
    try await withGateway(ollama: .pausing()) { gateway, ollama in
      let socket = try await ChatWebSocket(gateway, route, session: "s")
      await socket.chat("Hi", #""stream":false"#)
      try await eventually("two tokens are there") { await gateway.lastEvent(of: "s") == 2 }
      await socket.socket.kill()
      try await ollama.wait("it is ended") { $0.exchanges(for: "/api/chat").first?.peerLeft == true }
      try await gateway.waitForTurns(running: 0, waiting: 0)
      #expect(try await ChatClient(gateway).history("s")["messages"][1]["content"] == "One two ")
    }
  }

  /// Thirty sockets that have said nothing hide no chat from the list of thirty.
  @Test func idleSocketsHideNoChats() async throws {
    try await withGateway { gateway, _ in
      let chat = ChatClient(gateway)
      for session in ["a", "b", "c"] { _ = try await chat.send("Hi", session: session) }
      var sockets: [ChatWebSocket] = []
      for _ in 0..<30 { sockets.append(try await ChatWebSocket(gateway)) }
      func list(_ query: String) async throws -> TestJSON {
        try await TestClient.get(gateway.port, "\(ChatClient.path)/sessions?\(query)").json
      }
      let all = try await list("limit=30")
      #expect(all["sessions"].array.map { $0["session_id"].string } == ["c", "b", "a"])
      #expect(all["total"] == 3 && all["has_more"] == false)
      let part = try await list("skip=1&limit=1")
      #expect(part["sessions"].array.map { $0["session_id"].string } == ["b"])
      #expect(part["total"] == 3 && part["has_more"] == true)
      // From its first message on a socket's session is there.
      await sockets[4].chat()
      _ = try await sockets[4].take("message_received")
      _ = try await sockets[4].receive(through: "stream_end")
      #expect(try await list("limit=1")["total"] == 4)
      #expect(
        try await list("limit=1")["sessions"][0]["session_id"] == sockets[4].connection["session_id"])
    }
  }
}
