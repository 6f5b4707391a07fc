import Configuration
import GatewayTesting
import Testing

/// What of a session goes along with a message.
@Suite(.serialized) struct ChatContextTests {
  /// An Ollama that responds to each message by its text, and breaks off where it says so.
  private static func echo() throws -> ScriptedOllama {
    try ScriptedOllama { request in
      let message = request.json["messages"].array.last?["content"].string ?? ""
      if message.hasPrefix("cut") { return .cutInLine() }
      if message.hasPrefix("refuse") { return .error(400, "no") }
      return .chat(["re: ", message])
    }
  }

  @Test func earlierMessagesGoAlongOldestFirst() async throws {
    try await withGateway(ollama: try Self.echo()) { gateway, ollama in
      let chat = ChatClient(gateway)
      for message in ["one", "two", "three"] { _ = try await chat.send(message, session: "s") }
      #expect(
        ollama.snapshot.lastPrompt == [
          "user: one", "assistant: re: one", "user: two", "assistant: re: two", "user: three",
        ])
      _ = try await chat.send("other", session: "t")
      #expect(ollama.snapshot.lastPrompt == ["user: other"], "sessions know nothing of each other")
      _ = try await chat.send("new")
      #expect(ollama.snapshot.lastPrompt == ["user: new"])
    }
  }

  @Test func theNewestThatFitByNumber() async throws {
    try await withGateway(ollama: try Self.echo(), { $0.contextMessages = 4 }) { gateway, ollama in
      let chat = ChatClient(gateway)
      for message in ["one", "two", "three", "four"] { _ = try await chat.send(message, session: "s") }
      #expect(
        ollama.snapshot.lastPrompt == [
          "user: two", "assistant: re: two", "user: three", "assistant: re: three", "user: four",
        ])
    }
  }

  @Test func theNewestThatFitByBytes() async throws {
    // "re: one" is 7 bytes.
    try await withGateway(ollama: try Self.echo(), { $0.contextBytes = 25 }) { gateway, ollama in
      let chat = ChatClient(gateway)
      for message in ["one", "two", "six", "ten"] { _ = try await chat.send(message, session: "s") }
      // Twice 10 bytes fit; a third text would, but not with its question.
      #expect(
        ollama.snapshot.lastPrompt == [
          "user: two", "assistant: re: two", "user: six", "assistant: re: six", "user: ten",
        ])
      _ = try await chat.send(String(repeating: "x", count: 100), session: "s")
      _ = try await chat.send("end", session: "s")
      #expect(ollama.snapshot.lastPrompt == ["user: end"], "what does not fit takes all before it along")
    }
  }

  @Test func noContextAtAll() async throws {
    try await withGateway(ollama: try Self.echo(), { $0.contextMessages = 0 }) { gateway, ollama in
      let chat = ChatClient(gateway)
      for message in ["one", "two"] { _ = try await chat.send(message, session: "s") }
      #expect(ollama.snapshot.lastPrompt == ["user: two"])
      #expect(try await chat.history("s")["total"] == 4)
    }
  }

  /// A turn that fails leaves the user's message, marked, and is no context.
  @Test func aFailedTurnIsNoContext() async throws {
    try await withGateway(ollama: try Self.echo()) { gateway, ollama in
      let chat = ChatClient(gateway)
      _ = try await chat.send("one", session: "s")
      #expect(try await chat.send("cut", session: "s").status == 502)
      #expect(try await chat.send("refuse", session: "s").status == 400)
      _ = try await chat.send("two", session: "s")
      #expect(ollama.snapshot.lastPrompt == ["user: one", "assistant: re: one", "user: two"])
      let messages = try await chat.history("s")["messages"].array
      #expect(
        messages.map { "\($0["role"].string ?? "") \($0["content"].string ?? "")" } == [
          "user one", "assistant re: one", "user cut", "user refuse", "user two", "assistant re: two",
        ])
      #expect(messages.map { $0["failed"] == true } == [false, false, true, true, false, false])
    }
  }

  /// The model of a turn is its own; the session's earlier messages go along whoever gave them.
  @Test func aSessionMayChangeItsModel() async throws {
    try await withGateway(ollama: try Self.echo()) { gateway, ollama in
      let chat = ChatClient(gateway)
      _ = try await chat.send("one", session: "s", #""model":"a""#)
      _ = try await chat.send("two", session: "s", #""model":"b:1","user_id":"me""#)
      #expect(ollama.requests.map { $0.json["model"].string } == ["a:latest", "b:1"])
      let messages = try await chat.history("s")["messages"].array
      #expect(messages.map { $0["model"].string } == [nil, "a:latest", nil, "b:1"])
      #expect(messages.map { $0["user_id"].string } == ["anonymous", nil, "me", nil])
    }
  }
}
