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

/// A message and its generation as a stream.
@Suite(.serialized) struct ChatStreamTests {
  @Test(arguments: ["/api/v1/chat/", "/api/v1/chat/message", "/api/v1/chat/send"])
  func serverSentEvents(path: String) async throws {
    try await withGateway { gateway, _ in
      let response = try await TestClient.post(
        gateway.port, path, json: ChatClient.body("Hello", session: "s", stream: true))
      #expect(response.status == 200)
      #expect(response.headers["Content-Type"] == "text/event-stream")
      #expect(response.headers["Cache-Control"] == "no-cache")
      #expect(response.headers["X-Accel-Buffering"] == "no")
      #expect(response.framing == .chunked)
      #expect(response.shape == ["stream_start", "stream_chunk", "stream_chunk", "stream_end"].collapsed)
      let events = response.events
      let generation = try #require(events.first?.json["generation_id"].string)
      #expect(events.first?.json.keys == ["generation_id", "model", "session_id", "type"])
      #expect(events.first?.json["model"] == "tinyllama:latest")
      for (number, event) in events.enumerated() {
        #expect(event.type == event.json["type"].string, "`event:` is the type")
        #expect(event.id == "\(generation):\(number)", "`id:` counts without a gap")
      }
      let chunks = events.filter { $0.type == "stream_chunk" }.map(\.json)
      #expect(chunks.map { $0["content"].string } == OllamaResponses.defaultTokens + [""])
      #expect(chunks.map { $0["done"].bool } == OllamaResponses.defaultTokens.map { _ in false } + [true])
      #expect(chunks.compactMap { $0["seq"].int } == Array(1...8))
      #expect(chunks.allSatisfy { $0.keys == ["content", "done", "seq", "type"] })
      let end = try #require(events.last?.json)
      #expect(end.keys == ["done_reason", "full_response", "timestamp", "type", "usage"])
      #expect(end["full_response"] == "Hello from the fake Ollama.")
      #expect(end["done_reason"] == "stop")
      #expect(end["usage"] == .object(["prompt_tokens": 26, "completion_tokens": 7]))
      #expect(end["timestamp"].string?.isTimestamp == true)
      #expect(try await ChatClient(gateway).history("s")["messages"][1]["content"] == end["full_response"])
    }
  }

  @Test(arguments: [
    "application/x-ndjson", "text/html, Application/X-NDJSON;q=0.5, */*",
    "application/x-ndjson, text/event-stream",
  ])
  func linesWhereAcceptAsksForThem(accept: String) async throws {
    try await withGateway { gateway, _ in
      let response = try await ChatClient(gateway).stream(accept: accept)
      #expect(response.status == 200)
      #expect(response.headers["Content-Type"] == "application/x-ndjson")
      let lines = try response.lines.map { try TestJSON($0) }
      #expect(lines.map { $0["type"].string } == response.messages.map { $0["type"].string })
      #expect(lines.first?["type"] == "stream_start")
      #expect(lines.last?["type"] == "stream_end")
      #expect(response.streamedText == "Hello from the fake Ollama.")
      #expect(response.text.hasSuffix("}\n"))
    }
  }

  @Test(
    "Events come as SSE unless NDJSON is asked for",
    arguments: ["*/*", "text/event-stream", "application/json", "application/x-ndjsonx"])
  func eventsOtherwise(accept: String) async throws {
    try await withGateway { gateway, _ in
      let response = try await ChatClient(gateway).stream(accept: accept)
      #expect(response.headers["Content-Type"] == "text/event-stream")
    }
  }

  /// Each token goes out when it comes.
  @Test func aTokenIsNotHeldBack() async throws {
    let ollama = try ScriptedOllama { _ in
      [
        .streamHead(), .chunk(OllamaWire.chatLine(model: "m", "one")), .gate("two"),
        .chunk(OllamaWire.chatLine(model: "m", "two")), .gate("end"),
        .chunk(OllamaWire.chatEnd(model: "m", evalCount: 2) + "\n"), .endChunks,
      ]
    }
    try await withGateway(ollama: ollama) { gateway, ollama in
      let client = try await ChatClient(gateway).open()
      let first = try await client.perform { connection in
        _ = try connection.readHead()
        return [try connection.readEvent(), try connection.readEvent()]
      }
      #expect(first.map { $0?.type } == ["stream_start", "stream_chunk"])
      ollama.open("two")
      #expect(try await client.perform { try $0.readEvent() }?.json["content"] == "two")
      ollama.open("end")
      let done = try await client.perform { connection in
        [try connection.readEvent(), try connection.readEvent(), try connection.readEvent()]
      }
      #expect(done.map { $0?.type } == ["stream_chunk", "stream_end", nil])
    }
  }

  /// A failure before the first token has a status of its own.
  @Test func aRefusalIsNoStream() async throws {
    try await withGateway { gateway, _ in
      let response = try await ChatClient(gateway).stream("Hi", #""model":"unknown""#)
      #expect(response.status == 404)
      RelayErrorsTests.expectForm(of: ChatClient.path, response)
      #expect(response.json["detail"].string?.contains("unknown:latest") == true)
    }
  }

  // MARK: Heartbeats

  /// A model that loads says nothing for minutes.
  @Test func aSilentStreamSendsPings() async throws {
    let ollama = try ScriptedOllama { _ in [.gate("loaded")] + .chat(["Hi"]) }
    try await withGateway(ollama: ollama, { $0.heartbeat = .milliseconds(20) }) {
      gateway, ollama in
      let client = try await ChatClient(gateway).open()
      let (head, pings) = try await client.perform { connection in
        (
          try connection.readHead(),
          [try connection.readEvent(), try connection.readEvent(), try connection.readEvent()]
        )
      }
      #expect(head.status == 200)
      #expect(pings.map { $0?.comments } == [[" ping"], [" ping"], [" ping"]])
      #expect(pings.allSatisfy { $0?.data == nil })
      ollama.open("loaded")
      let types = try await client.perform { connection in
        var types: [String] = []
        while let event = try connection.readEvent() {
          if let type = event.type { types.append(type) }
        }
        return types
      }
      #expect(types == ["stream_start", "stream_chunk", "stream_chunk", "stream_end"])
    }
  }

  /// Once it has begun with a ping, an error is an event.
  @Test func aFailureAfterAPingIsAnEvent() async throws {
    let ollama = try ScriptedOllama { _ in [.gate("loaded")] + .error(500, "it broke") }
    try await withGateway(ollama: ollama, { $0.heartbeat = .milliseconds(20) }) {
      gateway, ollama in
      let client = try await ChatClient(gateway).open()
      _ = try await client.perform { connection in
        _ = try connection.readHead()
        return try connection.readEvent()
      }
      ollama.open("loaded")
      let events = try await client.perform { connection in
        var events: [TestClient.Event] = []
        while let event = try connection.readEvent() {
          if event.data != nil { events.append(event) }
        }
        return events
      }
      #expect(events.map(\.type) == ["stream_start", "error"])
      #expect(events.last?.json["code"] == "bad_gateway")
      #expect(events.last?.json["message"] == "it broke")
    }
  }

  /// NDJSON has no comments: a ping is a line.
  @Test func silentLinesHavePingsOfTheirOwn() async throws {
    let ollama = try ScriptedOllama { _ in [.gate("loaded")] + .chat(["Hi"]) }
    try await withGateway(ollama: ollama, { $0.heartbeat = .milliseconds(10) }) {
      gateway, ollama in
      let lines = try await ChatClient(gateway).open(accept: "application/x-ndjson")
      let (head, pings) = try await lines.perform { connection in
        (try connection.readHead(), try (0..<3).map { _ in try connection.readLine() })
      }
      #expect(head.status == 200)
      #expect(pings == [String?](repeating: #"{"type":"ping"}"#, count: 3))
      ollama.open("loaded")
      let rest = try await lines.perform { connection in
        var types: [String] = []
        while let line = try connection.readLine() {
          let type = try TestJSON(line)["type"].string ?? ""
          if type != "ping" { types.append(type) }
        }
        return types
      }
      #expect(rest == ["stream_start", "stream_chunk", "stream_chunk", "stream_end"])
    }
  }

  /// HEAD of a stream, and a client that leaves, stop the heartbeat.
  @Test func heartbeatsEndWithTheirStream() async throws {
    let ollama = try ScriptedOllama { _ in [.gate("loaded")] + .chat(["Hi"]) }
    try await withGateway(ollama: ollama, { $0.heartbeat = .milliseconds(10) }) {
      gateway, ollama in
      let chat = ChatClient(gateway)
      let client = try await chat.open("Hi", session: "s")
      try await ollama.wait("it runs") { $0.waiting(at: "loaded") == 1 }
      for _ in 0..<5 {
        let head = try await TestClient.request(gateway.port, "HEAD", "\(ChatClient.path)/sessions/s/stream")
        #expect(head.status == 200)
        #expect(head.headers["Content-Type"] == "text/event-stream")
        let gone = try await TestClient.connect(gateway.port)
        try await gone.perform { connection in
          try connection.sendRequest("GET", "\(ChatClient.path)/sessions/s/stream")
          connection.reset()
        }
      }
      let pings = try await client.perform { connection in
        _ = try connection.readHead()
        return try (0..<10).map { _ in try connection.readEvent()?.comments }
      }
      #expect(pings.allSatisfy { $0 == [" ping"] })
      ollama.open("loaded")
      #expect(try await chat.resume("s").shape.last == "stream_end")
    }
  }
}

extension [String] {
  /// Runs of chunks as one, as ``TestClient/Response/shape`` has them.
  var collapsed: [String] {
    reduce(into: []) { types, type in
      if types.last != type || type != "stream_chunk" { types.append(type) }
    }
  }
}
