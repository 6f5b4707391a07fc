import Configuration
import GatewayTesting
import Testing

/// What the chat API says of an Ollama that fails.
@Suite(.serialized) struct ChatFailureTests {
  /// Name, script, status, and what its sentence holds.
  private static let early: [(name: String, script: Script, status: Int, text: String)] = [
    ("no model", .modelNotFound("x"), 404, "not found, try pulling it first"),
    ("bad options", .error(400, "invalid option"), 400, "invalid option"),
    ("broken", .error(500, "llama runner died"), 502, "llama runner died"),
    ("busy", .error(503, "server busy"), 503, "server busy"),
    ("plain text", .text("404 page not found", status: 404), 404, "404"),
    ("cut before the head", .cutBeforeHead(), 502, "broke"),
    ("reset before the head", .cutBeforeHead(.reset), 502, "broke"),
    ("cut in the head", .cutInHead(), 502, ""), ("garbage", .garbage, 502, ""),
    ("garbage instead of lines", .garbageBody, 502, ""),
    ("an empty stream", [.streamHead(), .endChunks], 502, "early"),
    ("an error line alone", .stream([OllamaWire.error("out of memory") + "\n"]), 502, "out of memory"),
    ("a line without end", .endlessLine(20 << 20), 502, "bytes"),
    ("JSON of another kind", .json("[1,2]"), 502, ""),
  ]

  @Test func beforeTheFirstToken() async throws {
    let ollama = try ScriptedOllama()
    try await withGateway(ollama: ollama) { gateway, ollama in
      let chat = ChatClient(gateway)
      for (number, (name, script, status, text)) in Self.early.enumerated() {
        ollama.respond { _ in script }
        let (unary, stream) = (
          try await chat.send("Hi", session: "u\(number)"), try await chat.stream("Hi", session: "s\(number)")
        )
        for response in [unary, stream] {
          #expect(response.status == status, "\(name): \(response)")
          RelayErrorsTests.expectForm(of: ChatClient.path, response)
          #expect(response.json["detail"].string?.contains(text) == true, "\(name): \(response)")
          #expect((response.headers["Retry-After"] != nil) == (status == 503))
        }
        for session in ["u\(number)", "s\(number)"] {
          let history = try await chat.history(session)
          #expect(history["total"] == 1, "no message of an assistant")
          #expect(history["messages"][0]["failed"] == true)
        }
      }
    }
  }

  /// In a stream and over a WebSocket the event says it.
  @Test func busyInAStream() async throws {
    let ollama = try ScriptedOllama { _ in
      [.gate("loaded"), .response(503, ["Retry-After": "17"], Array(#"{"error":"busy"}"#.utf8))]
    }
    try await withGateway(ollama: ollama, { $0.heartbeat = .milliseconds(20) }) { gateway, ollama in
      let client = try await ChatClient(gateway).open()
      try await client.perform { connection in
        _ = try connection.readHead()
        _ = try connection.readEvent()
      }
      ollama.open("loaded")
      let errors = try await client.perform { connection in
        var errors: [TestJSON] = []
        while let event = try connection.readEvent() {
          if event.type == "error" { errors.append(event.json) }
        }
        return errors
      }
      #expect(errors.map { $0["retry_after"] } == [17])
      #expect(errors.first?["code"] == "service_unavailable")
      let socket = try await ChatWebSocket(gateway)
      await socket.chat("Hi")
      let error = try await socket.receive(through: "error").last
      #expect(error?["retry_after"] == 17)
    }
  }

  /// Ollama's own delay, if it is a number of seconds or a date.
  @Test(
    "A busy Ollama is 503 with its own delay",
    arguments: [429, 503],
    [
      ("7", "7"), ("0", "0"), ("soon", "5"), ("-1", "5"), ("99999999999999999999", "5"),
      ("Sun, 06 Nov 1994 08:49:37 GMT", "0"),
    ])
  func busy(status: Int, delay: (said: String, heard: String)) async throws {
    let ollama = try ScriptedOllama { _ in
      [.response(status, ["Content-Type": "text/plain", "Retry-After": delay.said], Array("busy".utf8))]
    }
    try await withGateway(ollama: ollama) { gateway, _ in
      let chat = ChatClient(gateway)
      for response in [
        try await chat.send("Hi"), try await chat.stream("Hi"),
        try await TestClient.get(gateway.port, "/api/v1/chat/models"),
      ] {
        #expect(response.status == status)
        #expect(response.headers.values(of: "Retry-After") == [delay.heard])
        RelayErrorsTests.expectForm(of: ChatClient.path, response)
      }
    }
  }

  @Test("An Ollama that is not there is told") func unreachable() async throws {
    try await withoutOllama { gateway in
      for response in [try await ChatClient(gateway).send(), try await ChatClient(gateway).stream()] {
        #expect(response.status == 503)
        #expect(response.headers["Retry-After"] != nil)
        RelayErrorsTests.expectForm(of: ChatClient.path, response)
      }
    }
  }

  @Test("An Ollama that says nothing is a time-out") func silent() async throws {
    let ollama = try ScriptedOllama { _ in .silent }
    try await withGateway(ollama: ollama, { $0.firstByteTimeout = .milliseconds(100) }) { gateway, ollama in
      for response in [try await ChatClient(gateway).send(), try await ChatClient(gateway).stream()] {
        #expect(response.status == 504)
        RelayErrorsTests.expectForm(of: ChatClient.path, response)
      }
      try await ollama.wait("the transfers have ended") { $0.inProgressCount == 0 }
    }
  }

  private static let late: [(name: String, script: Script, message: String)] = [
    ("cut in a line", .cutInLine(), "broke"), ("cut in a chunk", .cutInChunk(), "broke"),
    ("cut between chunks", .cutBetweenChunks(), "broke"), ("no chunk size", .badChunkSize, ""),
    ("an error line", .errorInStream("out of memory"), "out of memory"),
    ("no end", .chatWithoutDone(), "early"),
    ("a line that is no JSON", .stream([OllamaWire.chatLine(model: "m", "Hello"), "<html>\n"]), ""),
    ("a line of no meaning", .stream([OllamaWire.chatLine(model: "m", "Hello"), #"{"a":1}"# + "\n"]), ""),
    ("a line that is too long", .chat(["Hello", String(repeating: "x", count: 5 << 20)]), "a line of more"),
  ]

  @Test func moreThanIsKept() async throws {
    let piece = String(repeating: "x", count: 3 << 20)
    let ollama = try ScriptedOllama { _ in .chat([piece, piece, piece, piece]) }
    try await withGateway(ollama: ollama) { gateway, _ in
      let response = try await ChatClient(gateway).stream("Hi")
      #expect(response.status == 200 && response.isWhole)
      #expect(response.messages.last?["code"] == "bad_gateway")
      #expect(response.messages.last?["message"].string?.contains("longer") == true)
    }
  }

  /// Exactly one error, and neither a chunk with `done` nor an end.
  @Test func inMidStream() async throws {
    let ollama = try ScriptedOllama()
    try await withGateway(ollama: ollama) { gateway, ollama in
      let chat = ChatClient(gateway)
      for (number, (name, script, text)) in Self.late.enumerated() {
        ollama.respond { _ in script }
        for accept in ["text/event-stream", "application/x-ndjson"] {
          let session = "s\(number)-\(accept.count)"
          let response = try await chat.stream("Hi", session: session, accept: accept)
          #expect(response.status == 200, "\(name)")
          #expect(response.isWhole)
          #expect(response.shape == ["stream_start", "stream_chunk", "error"], "\(name)")
          #expect(response.streamedText == "Hello")
          let error = response.messages.last ?? .null
          #expect(error.keys == ["code", "generation_id", "message", "type"])
          #expect(error["code"] == "bad_gateway")
          #expect(error["message"].string?.contains(text) == true, "\(name): \(error)")
          #expect(!response.messages.contains { $0["done"] == true })
          let history = try await chat.history(session)
          #expect(history["total"] == 1)
          #expect(history["messages"][0]["failed"] == true)
        }
        let unary = try await chat.send("Hi")
        #expect(unary.status == 502, "\(name)")
        RelayErrorsTests.expectForm(of: ChatClient.path, unary)
      }
    }
  }

  @Test func silentInMidStream() async throws {
    let ollama = try ScriptedOllama { _ in .stalled }
    try await withGateway(ollama: ollama, { $0.idleTimeout = .seconds(1) }) { gateway, ollama in
      let response = try await ChatClient(gateway).stream()
      #expect(response.shape == ["stream_start", "stream_chunk", "error"])
      #expect(response.messages.last?["code"] == "gateway_timeout")
      try await ollama.wait("the transfer has ended") { $0.inProgressCount == 0 }
    }
  }

  /// What came after the last line was never part of the generation.
  @Test func anUncleanEndAfterTheLastLineIsSuccess() async throws {
    let lines: Script = [
      .streamHead(), .chunk(OllamaWire.chatLine(model: "m", "Hello")),
      .chunk(OllamaWire.chatEnd(model: "m", evalCount: 1) + "\n"),
    ]
    for end in [Script.Step.close, .text("zz\r\n"), .chunk(OllamaWire.error("late") + "\n")] {
      let ollama = try ScriptedOllama { _ in lines + [end, .close] }
      try await withGateway(ollama: ollama) { gateway, _ in
        let stream = try await ChatClient(gateway).stream()
        #expect(stream.shape == ["stream_start", "stream_chunk", "stream_end"])
        #expect(stream.messages.last?["done_reason"] == "stop")
        #expect(try await ChatClient(gateway).send().json["response"] == "Hello")
      }
    }
  }

  /// A text that comes with the last line belongs to the generation, and so does a reason that is not `stop`.
  @Test func textInTheLastLine() async throws {
    let ollama = try ScriptedOllama { _ in
      .stream([OllamaWire.chatEnd(model: "m", "Hello", reason: "length", evalCount: 1) + "\n"])
    }
    try await withGateway(ollama: ollama) { gateway, _ in
      let stream = try await ChatClient(gateway).stream()
      #expect(stream.streamedText == "Hello")
      #expect(stream.messages.last?["done_reason"] == "length")
    }
  }

  /// Nothing at all is a generation too.
  @Test func anEmptyGeneration() async throws {
    let ollama = try ScriptedOllama { _ in .chat([]) }
    try await withGateway(ollama: ollama) { gateway, _ in
      let chat = ChatClient(gateway)
      let response = try await chat.send("Hi", session: "s")
      #expect(response.status == 200)
      #expect(response.json["response"] == "")
      let stream = try await chat.stream("Hi", session: "s")
      #expect(stream.shape == ["stream_start", "stream_chunk", "stream_end"])
      #expect(try await chat.history("s")["total"] == 4)
    }
  }
}
