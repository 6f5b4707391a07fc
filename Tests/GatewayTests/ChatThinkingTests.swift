import Configuration
import Gateway
import GatewayTesting
import Testing

/// Models that think before they say anything.
@Suite struct ChatThinkingTests {
  private static let thoughts = ["They", " greet", " me — 世界.", " So"]
  private static let thinking = thoughts.joined()
  private static let text = OllamaResponses.defaultTokens.joined()

  private static func thinker() throws -> ScriptedOllama {
    try ScriptedOllama { _ in .thinkingChat(thoughts) }
  }

  @Test(arguments: ["text/event-stream", "application/x-ndjson"])
  func aStreamTellsItInEventsOfItsOwn(accept: String) async throws {
    try await withGateway(ollama: Self.thinker()) { gateway, _ in
      let response = try await ChatClient(gateway).stream("Hi", session: "s", accept: accept)
      #expect(response.shape == ["stream_start", "thinking_chunk", "stream_chunk", "stream_end"].collapsed)
      let messages = response.messages
      #expect(messages.streamedThinking == Self.thinking)
      #expect(messages.streamedText == Self.text)
      #expect(messages.compactMap { $0["seq"].int } == Array(1..<messages.count - 1))
      let thought = messages.filter { $0["type"] == "thinking_chunk" }
      #expect(thought.allSatisfy { $0.keys == ["content", "seq", "type"] })
      let end = try #require(messages.last)
      #expect(end.keys == ["done_reason", "full_response", "thinking", "timestamp", "type", "usage"])
      #expect(end["full_response"].string == Self.text)
      #expect(end["thinking"].string == Self.thinking)
    }
  }

  /// Wherever a client left, it gets the rest, each event with its number.
  @Test func aClientThatComesBackMissesNothing() async throws {
    try await withGateway(ollama: Self.thinker()) { gateway, _ in
      let chat = ChatClient(gateway)
      let whole = try await chat.stream("Hi", session: "s").events
      #expect(whole.contains { $0.type == "thinking_chunk" })
      for event in whole.dropFirst().dropLast() {
        let id = try #require(event.id)
        let rest = try await chat.resume("s", lastEventID: id)
        let place = try #require(whole.firstIndex { $0.id == id })
        #expect(rest.events == Array(whole[(place + 1)...]))
      }
    }
  }

  @Test func oneGenerationInOnePieceAndTheHistory() async throws {
    try await withGateway(ollama: Self.thinker()) { gateway, ollama in
      let chat = ChatClient(gateway)
      let response = try await chat.send("Hi", session: "s")
      #expect(response.json["response"].string == Self.text)
      #expect(response.json["thinking"].string == Self.thinking)
      #expect(response.json["done_reason"] == "stop")
      #expect(!response.json.keys.contains("note"))
      let messages = try await chat.history("s")["messages"]
      #expect(messages[1]["thinking"].string == Self.thinking)
      #expect(messages[1]["content"].string == Self.text)
      #expect(!messages[0].keys.contains("thinking"))
      // It is no context of what is said next.
      _ = try await chat.send("And?", session: "s")
      #expect(ollama.snapshot.lastPrompt == ["user: Hi", "assistant: \(Self.text)", "user: And?"])
      let sent = try #require(ollama.requests.last).json
      #expect(sent["messages"].array.allSatisfy { $0.keys == ["content", "role"] })
    }
  }

  /// Of a long thought the history goes out in pieces, as of a long text.
  @Test func aLongThoughtInTheHistory() async throws {
    let thought = String(repeating: "\"hm\" 世\n", count: 20_000)
    let ollama = try ScriptedOllama { _ in .thinkingChat([thought], ["a"]) }
    try await withGateway(ollama: ollama) { gateway, _ in
      let chat = ChatClient(gateway)
      #expect(try await chat.send("Hi", session: "s").json["thinking"].string == thought)
      let message = try await chat.history("s")["messages"][1]
      #expect(message["thinking"].string == thought && message["content"] == "a")
      #expect(message["model"] == "tinyllama:latest")
      let socket = try await ChatWebSocket(gateway, session: "s")
      await socket.say("get_history")
      #expect(try await socket.take("history")["messages"][1] == message)
    }
  }

  /// All who listen hear it, whoever has asked; in the assistant dialect nobody does.
  @Test(arguments: ChatWebSocket.routes)
  func overWebSockets(route: String) async throws {
    try await withGateway(ollama: Self.thinker()) { gateway, _ in
      let chat = try await ChatWebSocket(gateway, route, session: "s")
      let second = try await ChatWebSocket(gateway, route, session: "s")
      await chat.chat("Hi")
      let heard = try await chat.receive(through: "stream_end")
      #expect(
        heard.shape == [
          "message_received", "stream_start", "thinking_chunk", "stream_chunk", "stream_end",
        ])
      #expect(heard.streamedThinking == Self.thinking && heard.streamedText == Self.text)
      #expect(heard.last?["thinking"].string == Self.thinking)
      #expect(try await second.receive(through: "stream_end") == Array(heard.dropFirst()))

      await chat.chat("Hi", #""stream":false"#)
      let whole = try #require(try await chat.receive(through: "response").last)
      #expect(whole["content"].string == Self.text && whole["thinking"].string == Self.thinking)

      await chat.say("text", #""message":"Hi""#)
      let assistant = try await chat.receive(through: "response")
      #expect(
        assistant.map { $0["type"].string } == ["status"]
          + OllamaResponses.defaultTokens.map { _ in "stream" }
          + ["response"])
      #expect(assistant.last?["data"].keys == ["metadata", "response", "success"])
    }
  }

  /// A generation for which no token was left is explained, in each form.
  @Test func aGenerationThatUsedUpItsTokens() async throws {
    let ollama = try ScriptedOllama { _ in .thinkingChat(["hm"], [], reason: "length") }
    try await withGateway(ollama: ollama) { gateway, _ in
      let note =
        "The model used up its tokens before it said anything: raise max_tokens, or let it think less."
      let chat = ChatClient(gateway)
      let whole = try await chat.send("Hi", session: "s", #""max_tokens":1"#).json
      #expect(whole["response"] == "" && whole["thinking"] == "hm" && whole["status"] == "success")
      #expect(whole["done_reason"] == "length" && whole["note"].string == note)
      #expect(whole["usage"]["completion_tokens"] == 1)
      let end = try #require(try await chat.stream("Hi").messages.last)
      #expect(end["full_response"] == "" && end["done_reason"] == "length" && end["note"].string == note)
      let socket = try await ChatWebSocket(gateway)
      await socket.chat()
      #expect(try await socket.receive(through: "stream_end").last?["note"].string == note)
      await socket.chat("Hi", #""stream":false"#)
      #expect(try await socket.receive(through: "response").last?["note"].string == note)
      await socket.say("text", #""message":"Hi""#)
      #expect(
        try await socket.receive(through: "response").last?["data"]["metadata"]["note"].string == note)
      #expect(try await chat.history("s")["messages"][1]["thinking"] == "hm")
    }
  }

  /// Where something was said, the tokens' end explains itself.
  @Test func aGenerationThatWasCutIsNotExplained() async throws {
    let ollama = try ScriptedOllama { _ in .thinkingChat(["hm"], ["a"], reason: "length") }
    try await withGateway(ollama: ollama) { gateway, _ in
      let whole = try await ChatClient(gateway).send().json
      #expect(whole["done_reason"] == "length" && !whole.keys.contains("note"))
    }
  }

  /// How Ollama is asked, over both ways in.
  @Test(arguments: [
    ("true", TestJSON.bool(true)), ("false", .bool(false)), (#""low""#, "low"), (#""whatever""#, "whatever"),
    ("null", TestJSON?.none),
  ])
  func whatOllamaIsAsked(think: String, sent: TestJSON?) async throws {
    try await withGateway { gateway, ollama in
      _ = try await ChatClient(gateway).send("Hi", #""think":\#(think)"#)
      let socket = try await ChatWebSocket(gateway)
      await socket.chat("Hi", #""think":\#(think)"#)
      _ = try await socket.receive(through: "stream_end")
      await socket.say("text", #""message":"Hi","think":\#(think)"#)
      _ = try await socket.receive(through: "response")
      let requests = ollama.requests.filter { $0.path == "/api/chat" }
      #expect(requests.count == 3)
      for request in requests {
        #expect(request.json.keys.contains("think") == (sent != nil))
        if let sent { #expect(request.json["think"] == sent) }
      }
    }
  }

  /// Which model can think, and how much, is Ollama's to say.
  @Test func ollamasRefusalIsTheClients() async throws {
    let message = #""tinyllama:latest" does not support thinking"#
    let ollama = try ScriptedOllama { _ in .json(OllamaWire.error(message), status: 400) }
    try await withGateway(ollama: ollama) { gateway, _ in
      let response = try await ChatClient(gateway).send("Hi", #""think":true"#)
      #expect(response.status == 400 && response.json["detail"].string == message)
    }
  }

  @Test func theFormatPassesThrough() async throws {
    try await withGateway { gateway, ollama in
      let schema =
        #"{"type":"object","required":["b","a"],"properties":{"b":{"type":"integer"},"a":{"const":1.5}}}"#
      for (format, sent) in [
        (#""json""#, #""json""#), (schema, schema), ("{}", "{}"), ("null", nil), (#""""#, nil),
      ] as [(String, String?)] {
        _ = try await ChatClient(gateway).send("Hi", #""format":\#(format)"#)
        let socket = try await ChatWebSocket(gateway)
        await socket.chat("Hi", #""format":\#(format)"#)
        _ = try await socket.receive(through: "stream_end")
        for request in ollama.requests.filter({ $0.path == "/api/chat" }).suffix(2) {
          let text = request.text
          #expect(text.contains(#""format":"#) == (sent != nil))
          // Members in their order: a model writes them so.
          if let sent { #expect(text.contains(#""format":\#(sent),"#)) }
        }
      }
    }
  }
}
