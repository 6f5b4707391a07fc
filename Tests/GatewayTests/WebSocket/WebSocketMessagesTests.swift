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

/// What clients say and hear, in both dialects, by both names of the endpoint.
@Suite struct WebSocketMessagesTests {
  private static let text = OllamaResponses.defaultTokens.joined()

  @Test("A WebSocket is greeted", arguments: ChatWebSocket.routes)
  func opening(route: String) async throws {
    try await withGateway { gateway, _ in
      let named = try await ChatWebSocket(gateway, route, session: "s", "client_id=me")
      #expect(named.connection["status"] == "connected")
      #expect(named.connection["session_id"] == "s")
      #expect(named.connection["client_id"] == "me")
      #expect(named.connection["message"].string != nil)
      #expect(named.connection.keys.contains("generation") && named.connection["generation"] == .null)
      #expect(
        named.connection["capabilities"]
          == .object([
            "voice": false, "text": true, "streaming": true, "tools": false,
            "models": .array(["tinyllama:latest", "smollm2:135m"]),
          ]))
      let unnamed = try await ChatWebSocket(gateway, route)
      #expect(unnamed.connection["session_id"].string?.utf8.count == 36)
      #expect(unnamed.connection["client_id"].string?.utf8.count == 36)
    }
  }

  @Test("A turn has all of its events, in order", arguments: ChatWebSocket.routes)
  func aTurn(route: String) async throws {
    try await withGateway { gateway, ollama in
      let chat = try await ChatWebSocket(gateway, route, session: "s")
      // Without a type it is a chat message too.
      await chat.socket.send(#"{"message":"Hello","model":"smollm2:135m","temperature":0.5,"max_tokens":5}"#)
      let received = try await chat.take("message_received")
      #expect(received["message"] == "Hello")
      // By it a client finds its message in the history.
      let history = try await TestClient.get(gateway.port, "/api/v1/chat/sessions/s").json["messages"]
      #expect(received["timestamp"] == history[0]["timestamp"])
      let start = try await chat.take("stream_start")
      #expect(start["model"] == "smollm2:135m" && start["generation_id"].string != nil)
      let rest = try await chat.receive(through: "stream_end")
      let tokens = OllamaResponses.defaultTokens.prefix(5)
      #expect(rest.shape == ["stream_chunk", "stream_end"])
      #expect(rest.dropLast(2).map { $0["content"].string } == Array(tokens))
      #expect(rest.dropLast().map { $0["seq"].int } == Array(1...6))
      #expect(rest.dropLast().map { $0["done"].bool } == [false, false, false, false, false, true])
      let end = try #require(rest.last)
      #expect(end["full_response"].string == tokens.joined())
      #expect(end["done_reason"] == "length")
      #expect(end["usage"]["completion_tokens"] == 5)
      #expect(end["timestamp"].string?.hasSuffix("Z") == true)
      let options = ollama.snapshot.exchanges(for: "/api/chat")[0].request.json["options"]
      #expect(options["temperature"] == 0.5 && options["num_predict"] == 5)
    }
  }

  @Test(arguments: ChatWebSocket.routes)
  func aTurnInOnePiece(route: String) async throws {
    try await withGateway { gateway, _ in
      let chat = try await ChatWebSocket(gateway, route)
      await chat.chat("Hello", #""stream":false"#)
      _ = try await chat.take("message_received")
      let response = try await chat.take("response")
      #expect(response["content"].string == Self.text)
      #expect(response["model"] == "tinyllama:latest")
      #expect(response["usage"]["completion_tokens"].int == OllamaResponses.defaultTokens.count)
    }
  }

  @Test(arguments: ChatWebSocket.routes)
  func theAssistantsDialect(route: String) async throws {
    try await withGateway { gateway, ollama in
      let chat = try await ChatWebSocket(gateway, route)
      for streams in [true, false] {
        await chat.say("text", #""message":"Hi","include_context":false,"stream":\#(streams)"#)
        #expect(try await chat.take("status")["status"] == "processing")
        let rest = try await chat.receive(through: "response")
        let tokens = rest.filter { $0["type"] == "stream" }
        #expect(tokens.compactMap { $0["token"].string }.joined() == (streams ? Self.text : ""))
        let soFar = OllamaResponses.defaultTokens.indices.map {
          OllamaResponses.defaultTokens[...$0].joined()
        }
        #expect(tokens.compactMap { $0["partial"].string } == (streams ? soFar : []))
        #expect(tokens.count == rest.count - 1)
        let data = try #require(rest.last)["data"]
        #expect(data["success"] == true && data["response"].string == Self.text)
        let metadata = data["metadata"]
        #expect(metadata["model"] == "tinyllama:latest" && metadata["model_used"] == "tinyllama:latest")
        #expect(metadata["streamed"].bool == streams)
        #expect(metadata["latency"].number ?? -1 >= 0)
        #expect(ollama.snapshot.lastPrompt == ["user: Hi"])
      }
      await chat.say("config", #""config":{"voice":"low","n":[1,2.5,null]}"#)
      let config = try await chat.take("config_updated")["config"]
      #expect(config["voice"] == "low" && config["n"][1] == 2.5)
      // What is said later is added, and replaces.
      await chat.say("config", #""config":{"theme":"dark","voice":null,"é\u0001":{}}"#)
      #expect(
        try await chat.take("config_updated")["config"]
          == .object([
            "voice": .null, "n": .array([1, 2.5, .null]), "theme": "dark", "é\u{1}": .object([:]),
          ]))
      await chat.say("config", #""config":{"long":"\#(String(repeating: "x", count: 16 * 1024 - 60))"}"#)
      let refusal = try await chat.take("error")
      #expect(refusal["code"] == "unprocessable_content")
      await chat.say("config")
      #expect(try await chat.take("config_updated")["config"].keys == ["n", "theme", "voice", "é\u{1}"])
      await chat.say("command", #""command":"get_history""#)
      let history = try await chat.take("command_response")
      #expect(history["command"] == "get_history" && history["data"].count == 4)
      await chat.say("command", #""command":"get_metrics""#)
      let metrics = try await chat.take("command_response")["data"]
      #expect(metrics["connections"] == 1 && metrics["sessions"] == 1 && metrics["running_turns"] == 0)
      await chat.say("command", #""command":"clear_history""#)
      #expect(try await chat.take("command_response")["status"] == "success")
      await chat.say("history")
      #expect(try await chat.take("history")["count"] == 0)
    }
  }

  @Test(arguments: ChatWebSocket.routes)
  func historyAndItsClearing(route: String) async throws {
    try await withGateway { gateway, ollama in
      let chat = try await ChatWebSocket(gateway, route, session: "s")
      await chat.chat("First")
      _ = try await chat.receive(through: "stream_end")
      await chat.chat("Second")
      _ = try await chat.receive(through: "stream_end")
      #expect(ollama.snapshot.lastPrompt == ["user: First", "assistant: \(Self.text)", "user: Second"])
      await chat.say("get_history")
      let history = try await chat.take("history")
      #expect(history["count"] == 4)
      #expect(
        history["messages"].array.map { $0["role"].string } == ["user", "assistant", "user", "assistant"])
      // The same that REST shows.
      #expect(try await ChatClient(gateway).history("s")["messages"] == history["messages"])
      await chat.say("clear_history")
      #expect(try await chat.take("history_cleared")["session_id"] == "s")
      await chat.chat("Third")
      _ = try await chat.receive(through: "stream_end")
      #expect(ollama.snapshot.lastPrompt == ["user: Third"])
    }
  }

  @Test(arguments: ChatWebSocket.routes)
  func mistakesAreToldAndTheSocketStays(route: String) async throws {
    try await withGateway { gateway, ollama in
      let chat = try await ChatWebSocket(gateway, route)
      let mistakes = [
        ("", "bad_request"), ("{", "bad_request"), ("nonsense", "bad_request"), ("[1]", "bad_request"),
        ("7", "bad_request"),
        (#"{"type":"nonsense"}"#, "bad_request"), (#"{"type":7,"message":"m"}"#, "unprocessable_content"),
        (#"{"type":"chat"}"#, "unprocessable_content"), (#"{"message":" \n"}"#, "unprocessable_content"),
        (#"{"message":"m","temperature":9}"#, "unprocessable_content"),
        (#"{"type":"resume","after":-1}"#, "unprocessable_content"),
        (#"{"type":"command"}"#, "unprocessable_content"),
        (#"{"type":"command","command":7}"#, "unprocessable_content"),
        (#"{"type":"config","config":[]}"#, "unprocessable_content"),
        (String(repeating: "[", count: 5000), "bad_request"),
      ]
      for (text, code) in mistakes {
        await chat.socket.send(text)
        let error = try await chat.take("error")
        #expect(error["code"].string == code, "\(text.prefix(60)): \(error)")
        #expect(error["message"].string?.isEmpty == false)
      }
      await chat.chat("Hello", #""model":"unknown""#)
      _ = try await chat.take("message_received")
      let failure = try await chat.receive(through: "error")
      #expect(failure.last?["code"] == "not_found")
      await chat.say("ping")
      #expect(try await chat.take("pong")["timestamp"].string != nil)
      #expect(ollama.snapshot.exchanges(for: "/api/chat").count == 1)
    }
  }

  /// The first system's client says hello before all else, and means a session that another socket may have made.
  @Test("A client that says hello keeps its session", arguments: ["connect", "handshake"])
  func connecting(type: String) async throws {
    try await withGateway(ollama: try .pausing()) { gateway, ollama in
      let chat = try await ChatWebSocket(gateway, session: "s")
      await chat.say(type, #""session_id":"other","client":"web","capabilities":["text"]"#)
      let connection = try await chat.take("connection")
      #expect(connection["session_id"] == "s" && connection["status"] == "connected")
      #expect(connection["client_id"] == chat.connection["client_id"])
      #expect(connection["instance"] == chat.connection["instance"] && connection["instance"].string != nil)
      #expect(connection["generation"] == .null)
      #expect(connection["capabilities"].keys == ["models", "streaming", "text", "tools", "voice"])
      await chat.chat()
      _ = try await chat.receive(through: "stream_start")
      _ = try await chat.take("stream_chunk")
      _ = try await chat.take("stream_chunk")
      await chat.say(type)
      #expect(try await chat.take("connection")["generation"]["seq"] == 2)
      ollama.open("go")
      #expect(try await chat.receive(through: "stream_end").last?["full_response"] == "One two three")
      await chat.say("get_history")
      #expect(try await chat.take("history")["count"] == 2, "its own session")
    }
  }

  /// The socket does not wait for an Ollama that says nothing.
  @Test func capabilitiesWithoutOllama() async throws {
    try await withoutOllama { gateway in
      let chat = try await ChatWebSocket(gateway)
      #expect(chat.connection["capabilities"]["models"] == .array([]))
    }
    let silent = try ScriptedOllama { _ in .silent }
    try await withGateway(ollama: silent) { gateway, _ in
      let chat = try await ChatWebSocket(gateway)
      #expect(chat.connection["capabilities"]["models"] == .array([]))
    }
  }

  /// An Ollama with very many models, and one whose names are none.
  @Test("Very many models are told within bounds") func manyModels() async throws {
    let models = ["", "a b", String(repeating: "x", count: 5000)] + (0..<1000).map { "model-\($0):latest" }
    let responses = OllamaResponses(models: models)
    try await withGateway(ollama: try ScriptedOllama { responses.script(for: $0) }) { gateway, _ in
      let chat = try await ChatWebSocket(gateway)
      let names = chat.connection["capabilities"]["models"]
      #expect(names.count == ModelNames.limit && names[0] == "model-0:latest")
    }
  }

  @Test("Unknown commands are errors, and the WebSocket stays") func unknownCommands() async throws {
    try await withGateway { gateway, _ in
      let chat = try await ChatWebSocket(gateway, session: "s")
      for (name, told) in [
        ("reboot", "reboot"), ("", ""), ("Get_History", "Get_History"),
        (String(repeating: "x", count: 1000), String(repeating: "x", count: 100)),
        (String(repeating: "x", count: 99) + "é", String(repeating: "x", count: 99) + "\u{FFFD}"),
      ] {
        await chat.say("command", #""command":"\#(name)""#)
        let response = try await chat.take("command_response")
        #expect(response["command"].string == told && response["status"] == "error")
        #expect(response["message"].string?.contains("get_history") == true)
      }
    }
  }

  /// What a client calls its message is compared byte by byte: as texts, so many combining marks would hold the loop for
  /// minutes.
  @Test func namesOfCombiningMarks() async throws {
    try await withGateway { gateway, _ in
      let chat = try await ChatWebSocket(gateway, session: "s")
      let marks = String(repeating: "\u{301}\u{316}", count: 120_000)
      for (message, expected) in [
        (#"{"type":"chat\#(marks)"}"#, "error"),
        (#"{"type":"command","command":"get_history\#(marks)"}"#, "command_response"),
      ] {
        await chat.socket.send(message)
        #expect(try await chat.take(expected)["message"].string?.contains("unknown") == true)
      }
      await chat.say("ping")
      _ = try await chat.take("pong")
      let path = "/api/tags" + String(repeating: "%CC%81%CC%96", count: 700)
      #expect(try await TestClient.get(gateway.port, path).status == 404)
    }
  }
}
