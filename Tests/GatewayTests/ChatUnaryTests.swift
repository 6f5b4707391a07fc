import Configuration
import Gateway
import GatewayTesting
import Testing

/// A message and its generation in one piece.
@Suite(.serialized) struct ChatUnaryTests {
  @Test(arguments: [
    "/api/v1/chat/", "/api/v1/chat", "/api/v1/chat/message", "/api/v1/chat/message/", "/api/v1/chat/send",
    "/api/v1/chat/send/",
  ])
  func theFirstSystemsRequest(path: String) async throws {
    try await withGateway { gateway, ollama in
      let response = try await TestClient.post(
        gateway.port, path, json: #"{"message": "Hello", "model": "tinyllama:latest"}"#)
      #expect(response.status == 200)
      #expect(response.headers["Content-Type"] == "application/json")
      #expect(response.framing == .length(response.body.count))
      let json = response.json
      #expect(
        json.keys == [
          "done_reason", "model", "response", "response_time", "session_id", "status", "timestamp", "usage",
        ])
      #expect(json["response"] == "Hello from the fake Ollama.")
      #expect(json["model"] == "tinyllama:latest")
      #expect(json["status"] == "success")
      #expect(json["done_reason"] == "stop")
      #expect(json["usage"] == .object(["prompt_tokens": 26, "completion_tokens": 7]))
      #expect((json["response_time"].number ?? -1) >= 0)
      #expect(json["timestamp"].string?.isTimestamp == true)
      #expect(json["session_id"].string?.count == 36, "a UUID")
      #expect(ollama.requests.map(\.path) == ["/api/chat"])
      #expect(ollama.snapshot.lastPrompt == ["user: Hello"])
    }
  }

  @Test func whatOllamaIsAsked() async throws {
    try await withGateway { gateway, ollama in
      let chat = ChatClient(gateway)
      let plain = try await chat.send("Hi")
      #expect(plain.status == 200)
      let first = try #require(ollama.requests.last)
      #expect(first.method == "POST")
      #expect(first.headers["Content-Type"] == "application/json")
      #expect(first.json["model"] == "tinyllama:latest")
      #expect(first.json["stream"] == true)
      #expect(first.json["options"] == .object(["temperature": 0.7, "num_predict": 1000]))
      #expect(first.json.keys == ["messages", "model", "options", "stream"])

      let full = try await chat.send(
        "Hi \"there\"\n ü", session: "s",
        #""model":"smollm2:135m","temperature":0,"max_tokens":3,"system":"Be brief.","user_id":"me","#
          + #""options":{"top_k":5,"stop":["a","b"],"temperature":1.9,"num_predict":9},"agent":"x""#)
      #expect(full.status == 200)
      #expect(full.json["session_id"] == "s")
      #expect(full.json["model"] == "smollm2:135m")
      // `num_predict` is the field's, and the fake minds it.
      #expect(full.json["response"] == "Hello from")
      let second = try #require(ollama.requests.last)
      #expect(ollama.snapshot.lastPrompt == ["system: Be brief.", "user: Hi \"there\"\n ü"])
      let options = second.json["options"]
      #expect(options["top_k"] == 5)
      #expect(options["stop"] == .array(["a", "b"]))
      #expect(options["temperature"] == 0)
      #expect(options["num_predict"] == 3)
    }
  }

  /// The system prompt is of one turn, and never part of the history.
  @Test func theSystemPromptIsOfOneTurn() async throws {
    try await withGateway { gateway, ollama in
      let chat = ChatClient(gateway)
      _ = try await chat.send("one", session: "s", #""system":"Be brief.""#)
      _ = try await chat.send("two", session: "s")
      #expect(
        ollama.snapshot.lastPrompt == ["user: one", "assistant: Hello from the fake Ollama.", "user: two"])
      let history = try await chat.history("s")
      #expect(history["messages"].count == 4)
    }
  }

  @Test func theDefaultModelIsTheOperators() async throws {
    try await withGateway({ $0.defaultModel = "smollm2:135m" }) { gateway, ollama in
      let response = try await ChatClient(gateway).send()
      #expect(response.json["model"] == "smollm2:135m")
      let named = try await ChatClient(gateway).send("Hi", #""model":"tinyllama""#)
      #expect(named.json["model"] == "tinyllama:latest")
      #expect(ollama.requests.map { $0.json["model"].string } == ["smollm2:135m", "tinyllama:latest"])
    }
  }

  @Test func nullAndUnknownFields() async throws {
    try await withGateway { gateway, _ in
      let response = try await TestClient.post(
        gateway.port, ChatClient.path,
        json: #"{"message":"m","model":null,"session_id":null,"stream":null,"agent":"general","x":{"y":[1]}}"#
      )
      #expect(response.status == 200)
      #expect(response.json["model"] == "tinyllama:latest")
    }
  }

  /// Characters of several bytes, each byte in a piece of its own.
  @Test func textIsPutTogetherWhereItWasCut() async throws {
    let text = "Grüße, 世界 🌍\u{0}\"\\\n"
    let ollama = try ScriptedOllama { _ in .splitEverywhere(text) }
    try await withGateway(ollama: ollama) { gateway, _ in
      let response = try await ChatClient(gateway).send("Hi", session: "s")
      #expect(response.json["response"].string == text)
      #expect(try await ChatClient(gateway).history("s")["messages"][1]["content"].string == text)
      let stream = try await ChatClient(gateway).stream("Hi")
      #expect(stream.streamedText == text)
    }
  }

  /// The bodies of the chat API are read whole, however they come.
  @Test func aChunkedBody() async throws {
    try await withGateway { gateway, _ in
      let response = try await TestClient.run(gateway.port) { connection in
        try connection.sendRequest(
          "POST", ChatClient.path,
          ["Transfer-Encoding": "chunked", "Content-Type": "application/json; charset=utf-8"])
        for character in #"{"message":"Hello"}"# { try connection.sendChunk(String(character)) }
        try connection.endChunks()
        return try connection.readResponse()
      }
      #expect(response.status == 200)
    }
  }

  @Test func anotherContentTypeIsRefused() async throws {
    try await withGateway { gateway, ollama in
      for type in [
        "text/plain", "application/x-www-form-urlencoded", "application/jsonx", "multipart/form-data",
      ] {
        let response = try await TestClient.post(
          gateway.port, ChatClient.path, json: #"{"message":"m"}"#, ["Content-Type": type])
        #expect(response.status == 415, "\(type)")
        RelayErrorsTests.expectForm(of: ChatClient.path, response)
      }
      #expect(ollama.snapshot.requestCount == 0)
      for type in ["application/json", "Application/JSON ; charset=UTF-8"] {
        let response = try await TestClient.post(
          gateway.port, ChatClient.path, json: #"{"message":"m"}"#, ["Content-Type": type])
        #expect(response.status == 200, "\(type)")
      }
      let untyped = try await TestClient.request(
        gateway.port, "POST", ChatClient.path, body: Array(#"{"message":"m"}"#.utf8))
      #expect(untyped.status == 200)
    }
  }

  /// What is refused, and with which status: the sentences are ``ChatMessageRequestTests``' matter.
  @Test(
    "Bad requests are refused with their status",
    arguments: [
      ("/api/v1/chat", "", 400), ("/api/v1/chat", "{", 400), ("/api/v1/chat", "[]", 422),
      ("/api/v1/chat", "{}", 422),
      ("/api/v1/chat", #"{"message":"  "}"#, 422), ("/api/v1/chat/send", #"{"message":"  "}"#, 400),
      ("/api/v1/chat/message", #"{"message":"  "}"#, 422),
      ("/api/v1/chat", #"{"message":"m","temperature":3}"#, 422),
      ("/api/v1/chat", #"{"message":"m","session_id":"a b"}"#, 422),
    ])
  func refusals(path: String, body: String, status: Int) async throws {
    try await withGateway { gateway, ollama in
      let response = try await TestClient.post(gateway.port, path, json: body)
      #expect(response.status == status)
      RelayErrorsTests.expectForm(of: path, response)
      #expect(ollama.snapshot.requestCount == 0)
      let sessions = try await TestClient.get(gateway.port, "\(ChatClient.path)/sessions")
      #expect(sessions.json["total"] == 0, "a refused message makes no session")
    }
  }

  @Test func sendBoundsTheMessage() async throws {
    try await withGateway { gateway, _ in
      let longest = String(repeating: "ü", count: 5000)
      let fits = try await TestClient.post(
        gateway.port, "/api/v1/chat/send", json: ChatClient.body(longest))
      #expect(fits.status == 200)
      let long = try await TestClient.post(
        gateway.port, "/api/v1/chat/send", json: ChatClient.body(longest + "x"))
      #expect(long.status == 400)
      #expect(long.json["detail"] == "The message is longer than 5000 characters.")
      for path in ["/api/v1/chat", "/api/v1/chat/message"] {
        let other = try await TestClient.post(gateway.port, path, json: ChatClient.body(longest + "x"))
        #expect(other.status == 200)
      }
    }
  }

  @Test func aBodyOfOver4MiBIsTooLarge() async throws {
    try await withGateway { gateway, ollama in
      let body = ChatClient.body(String(repeating: "x", count: 4 << 20))
      let response = try await TestClient.post(gateway.port, ChatClient.path, json: body)
      #expect(response.status == 413)
      RelayErrorsTests.expectForm(of: ChatClient.path, response)
      #expect(ollama.snapshot.requestCount == 0)
    }
  }
}

extension String {
  /// Whether it is ISO 8601 in UTC with milliseconds: `2026-11-23T14:28:22.877Z`.
  var isTimestamp: Bool {
    wholeMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/#) != nil
  }
}
