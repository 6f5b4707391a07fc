import EventLoop
import Configuration
import GatewayTesting
import Testing

@testable import APIReference
@testable import Chat
@testable import Gateway
@testable import Handling
@testable import Operations
@testable import Pages
@testable import Relay
@testable import Upstreams

/// What a relayed stream of events says while Ollama says nothing.
@Suite struct RelayHeartbeatTests {
  static let streams = RelayStream.all.filter(\.isSSE)

  private func withSilence<Result>(
    _ script: Script, heartbeat: Duration? = .milliseconds(20),
    _ configure: (inout Configuration) -> Void = { _ in },
    _ body: (RunningGateway, ScriptedOllama) async throws -> Result
  ) async throws -> Result {
    let ollama = try ScriptedOllama { _ in script }
    return try await withGateway(
      ollama: ollama,
      {
        $0.heartbeat = heartbeat
        $0.allowModelManagement = true
        configure(&$0)
      }, body)
  }

  /// Asks for a stream, waits for so many heartbeats, and gives the head and then the rest as a whole response.
  private func receive(
    _ stream: RelayStream, after pings: Int, from gateway: RunningGateway, _ goOn: () -> Void
  ) async throws -> (head: TestClient.Response, rest: String) {
    let client = try await TestClient.connect(gateway.port)
    let head = try await client.perform { connection in
      try connection.sendPost(stream.path, json: #"{"model":"m","stream":true}"#)
      let head = try connection.readHead()
      for _ in 0..<pings {
        #expect(try connection.readLine() == ": ping")
        #expect(try connection.readLine() == "")
      }
      return head
    }
    goOn()
    let body = try await client.perform { try $0.readBody() }
    return (head, String(decoding: body, as: UTF8.self).replacing(": ping\n\n", with: ""))
  }

  @Test(arguments: streams)
  func beforeOllamasHead(stream: RelayStream) async throws {
    let script = [.gate("loaded")] + stream.script(.chunk(stream.event), .chunk(stream.mark), .endChunks)
    try await withSilence(script) { gateway, ollama in
      let (head, rest) = try await receive(stream, after: 3, from: gateway) { ollama.open("loaded") }
      #expect(head.status == 200)
      #expect(head.headers["Content-Type"] == "text/event-stream")
      #expect(head.headers["X-Accel-Buffering"] == "no")
      #expect(head.headers["Cache-Control"] == "no-cache")
      #expect(head.headers["Content-Security-Policy"] == "sandbox")
      #expect(rest == stream.event + stream.mark)
    }
  }

  @Test(arguments: streams)
  func betweenTwoEvents(stream: RelayStream) async throws {
    let half = String(stream.event.prefix(stream.event.count / 2))
    let script = stream.script(
      .chunk(stream.event), .chunk(half), .gate("on"), .chunk(String(stream.event.dropFirst(half.count))),
      .chunk(stream.mark), .endChunks)
    try await withSilence(script) { gateway, ollama in
      let client = try await TestClient.connect(gateway.port)
      try await client.perform { connection in
        try connection.sendPost(stream.path, json: #"{"model":"m","stream":true}"#)
        _ = try connection.readHead()
        var pings = 0
        while pings < 3, let line = try connection.readLine() { if line == ": ping" { pings += 1 } }
      }
      ollama.open("on")
      let rest = try await client.perform { String(decoding: try $0.readBody(), as: UTF8.self) }
      // The half that was there is not cut by a comment.
      #expect(rest.replacing(": ping\n\n", with: "").hasSuffix(stream.event + stream.mark))
    }
  }

  /// An event that is passed on in pieces, as it is large, has no comment in it.
  @Test func neverInsideAnEvent() async throws {
    let stream = RelayStream.chatCompletions
    let large = "data: " + String(repeating: "x", count: 100_000)
    let ollama = try ScriptedOllama { request in
      request.text.contains("other")
        ? [.gate("never")]
        : stream.script(
          .chunk(stream.event), .chunk(large), .gate("on"), .chunk("y\n\n"), .chunk(stream.mark), .endChunks)
    }
    try await withGateway(
      ollama: ollama,
      {
        $0.heartbeat = .milliseconds(20)
        $0.workers = 1
      }
    ) { gateway, ollama in
      let client = try await TestClient.connect(gateway.port)
      try await client.perform { connection in
        try connection.sendPost(stream.path, json: #"{"model":"m","stream":true}"#)
        _ = try connection.readHead()
      }
      try await ollama.wait("the half is out") { $0.waiting(at: "on") == 1 }
      try await passHeartbeats(of: gateway)
      ollama.open("on")
      let body = try await client.perform { String(decoding: try $0.readBody(), as: UTF8.self) }
      #expect(body.contains(large + "y\n\n"))
    }
  }

  /// Another stream shows that the time of some heartbeats has passed.
  private func passHeartbeats(of gateway: RunningGateway) async throws {
    try await TestClient.run(gateway.port) { connection in
      try connection.sendPost("/v1/chat/completions", json: #"{"model":"other","stream":true}"#)
      _ = try connection.readHead()
      for _ in 0..<5 { #expect(try connection.readEvent()?.comments == [" ping"]) }
      connection.reset()
    }
  }

  /// Once the response has begun, each failure is one error event in the form of the API.
  @Test(arguments: streams)
  func aLaterFailureIsAnEvent(stream: RelayStream) async throws {
    let scripts: [(name: String, script: Script, code: String)] = [
      ("closed without a response", [.close], "bad_gateway"),
      ("no HTTP", [.text("hello\r\n\r\n"), .close], "bad_gateway"),
      ("broken off in the stream", stream.script(.close), "bad_gateway"),
      ("ended early", stream.script(.endChunks), "bad_gateway"),
      ("not found", .error(404, "there is no such model"), "not_found"),
      ("busy", [.head(503, ["Retry-After": "17", "Content-Length": "0"])], "service_unavailable"),
      ("another thing", .json("{}"), "bad_gateway"),
      ("an error in plain words", .text("out of order", status: 500), "internal_server_error"),
    ]
    for (name, script, code) in scripts {
      try await withSilence([.gate("loaded")] + script) { gateway, ollama in
        let client = try await TestClient.connect(gateway.port)
        let head = try await client.perform { connection in
          try connection.sendPost(stream.path, json: #"{"model":"m","stream":true}"#)
          let head = try connection.readHead()
          _ = try connection.readEvent()
          return head
        }
        #expect(head.status == 200, "\(name)")
        ollama.open("loaded")
        let events = try await client.perform { connection in
          var events: [TestClient.Event] = []
          while let event = try connection.readEvent() { if event.data != nil { events.append(event) } }
          return events
        }
        #expect(events.count == 1, "\(name)")
        guard let error = events.first else { return }
        let message = error.json["error"]["message"].string ?? ""
        #expect(!message.isEmpty, "\(name): \(error)")
        if code == "not_found" { #expect(message == "there is no such model") }
        if code == "service_unavailable" { #expect(error.json["retry_after"] == 17) }
        if code == "internal_server_error" { #expect(message.contains("out of order")) }
        switch stream.path {
        case "/v1/messages":
          #expect(error.type == "error" && error.json["type"] == "error")
          #expect(error.json["request_id"].string == head.headers["request-id"])
        case "/v1/responses":
          #expect(error.type == "error" && error.json["type"] == "error" && error.json["code"].string == code)
          #expect(error.json["sequence_number"] == 0)
        default:
          #expect(error.type == nil && error.json["error"]["code"].string == code)
        }
      }
    }
  }

  /// What is no stream need not end: its head says that there will be none, and of an error its beginning is enough.
  @Test(
    arguments: [
      [.head(200, ["Content-Type": "application/json", "Content-Length": "9"]), .silence],
      [.head(302, ["Content-Type": "text/event-stream", "Content-Length": "9"]), .silence],
      [.head(200, ["Content-Type": "text/plain", "Transfer-Encoding": "chunked"]), .floodChunks("x")],
      [
        .head(500, ["Content-Type": "text/plain", "Transfer-Encoding": "chunked"]),
        .floodChunks("out of order"),
      ],
      [.head(400, ["Content-Type": "application/json", "Transfer-Encoding": "chunked"]), .floodChunks("{")],
    ] as [Script])
  func aResponseWithoutEndIsAnErrorAtOnce(script: Script) async throws {
    try await withSilence([.gate("loaded")] + script, { $0.idleTimeout = nil }) { gateway, ollama in
      let (head, rest) = try await receive(.chatCompletions, after: 1, from: gateway) {
        ollama.open("loaded")
      }
      #expect(head.status == 200)
      #expect(rest.hasPrefix("data: {\"error\":") && rest.ranges(of: "data: ").count == 1, "\(rest)")
      try await ollama.wait("it is told") { $0.openConnections == 0 }
    }
  }

  @Test func whatFailsSoonerKeepsItsStatus() async throws {
    for stream in Self.streams {
      try await withSilence(.error(404, "there is no such model"), heartbeat: .seconds(600)) { gateway, _ in
        let response = try await stream.request(gateway.port)
        #expect(response.status == 404)
        #expect(response.text.contains("there is no such model"))
      }
      try await withSilence([.close], heartbeat: .seconds(600)) { gateway, _ in
        let response = try await stream.request(gateway.port)
        #expect(response.status == 502)
        RelayErrorsTests.expectForm(of: stream.path, response)
      }
    }
  }

  @Test func silenceOverTheLimitIsAnEventToo() async throws {
    try await withSilence(.silent, { $0.firstByteTimeout = .milliseconds(300) }) { gateway, _ in
      let response = try await RelayStream.chatCompletions.request(gateway.port)
      #expect(response.status == 200)
      #expect(response.text.hasPrefix(": ping\n\n"))
      #expect(response.text.contains(#""code":"gateway_timeout""#))
      #expect(response.isWhole)
    }
  }

  /// Nobody has asked for events, or lines have no comments, or it is off: then the response begins with Ollama's.
  @Test(
    arguments: [
      (RelayStream.chatCompletions.path, #"{"model":"m"}"#, 20),
      (RelayStream.responses.path, #"{"stream":false}"#, 20),
      (RelayStream.chat.path, #"{"stream":true}"#, 20), (RelayStream.pull.path, #"{"stream":true}"#, 20),
      (RelayStream.messages.path, #"{"stream":true}"#, nil), ("/v1/embeddings", #"{"stream":true}"#, 20),
    ] as [(String, String, Int?)])
  func othersAreSilent(_ path: String, _ body: String, _ heartbeat: Int?) async throws {
    let ollama = try ScriptedOllama { request in
      request.text.contains("other") ? [.gate("never")] : [.gate("on")] + .error(404, "no")
    }
    try await withGateway(
      ollama: ollama,
      {
        $0.heartbeat = heartbeat.map { .milliseconds($0) }
        $0.allowModelManagement = true
        $0.workers = 1
      }
    ) { gateway, ollama in
      async let pending = TestClient.post(gateway.port, path, json: body)
      try await ollama.wait("it is asked") { $0.waiting(at: "on") == 1 }
      if heartbeat != nil { try await passHeartbeats(of: gateway) }
      ollama.open("on")
      let response = try await pending
      #expect(response.status == 404)
      #expect(!response.text.contains("ping"))
    }
  }

  @Test func aClientThatLeavesIsForgotten() async throws {
    try await withSilence([.gate("never")], { $0.workers = 1 }) { gateway, ollama in
      for _ in 0..<10 {
        let client = try await TestClient.connect(gateway.port)
        try await client.perform { connection in
          try connection.sendPost("/v1/chat/completions", json: #"{"model":"m","stream":true}"#)
          _ = try connection.readHead()
          _ = try connection.readLine()
          connection.reset()
        }
      }
      try await ollama.wait("all are cancelled") { $0.requestCount == 10 && $0.inProgressCount == 0 }
      try await eventually("the gateway knows of none") {
        await gateway.gateway.workers[0].run { $0.beatingStreams } == 0
      }
    }
  }
}

extension Worker {
  fileprivate var beatingStreams: Int? {
    collections.lazy.compactMap { $0 as? RelayEndpoints }.first?.heartbeats.count
  }
}
