import EventLoop
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

/// Going down: what runs may end, what is late ends with an error in its own form, and nothing new begins.
@Suite(.serialized) struct DrainTests {
  /// Runs `prepare` with a gateway, begins to stop it, runs `body` while it goes down, and waits until it is down.
  private func withDrain<State>(
    _ ollama: ScriptedOllama, timeout: Duration, intervals: Intervals = Intervals(),
    prepare: (RunningGateway) async throws -> State,
    whileDraining body: (RunningGateway, State) async throws -> Void
  ) async throws {
    let gateway = try await RunningGateway(ollama: ollama.port, intervals: intervals) {
      $0.drainTimeout = timeout
      $0.allowModelManagement = true
    }
    defer { ollama.stop() }
    let state: State
    do {
      state = try await prepare(gateway)
    } catch {
      await gateway.stop()
      throw error
    }
    async let stopped: Void = gateway.stop()
    try await eventually("the gateway goes down") { gateway.gateway.services.isDraining }
    try await body(gateway, state)
    await stopped
    #expect(ollama.snapshot.violations.isEmpty)
  }

  /// Starts a stream and reads its first event.
  private func begin(_ stream: RelayStream, _ port: UInt16) async throws -> TestClient {
    let client = try await TestClient.connect(port)
    try await client.perform { connection in
      try connection.sendPost(stream.path, json: #"{"model":"m","stream":true}"#)
      #expect(try connection.readHead().status == 200)
      #expect(try connection.readChunk() == Array(stream.event.utf8))
    }
    return client
  }

  /// An Ollama whose streams pause at the gate `go` after their first event, and so do its responses in one piece.
  private static func pausing() throws -> ScriptedOllama {
    let chat: Script = [
      .streamHead(), .chunk(OllamaWire.chatLine(model: "m", "Hello")), .gate("go"),
      .chunk(OllamaWire.chatEnd(model: "m", evalCount: 1) + "\n"), .endChunks,
    ]
    return try ScriptedOllama { request in
      if request.json["messages"][0]["content"] == "chat" { return chat }
      guard let stream = RelayStream.all.first(where: { $0.path == request.path }) else {
        return [.gate("go")] + .json("{}")
      }
      return stream.script(.chunk(stream.event), .gate("go"), .chunk(stream.mark), .endChunks)
    }
  }

  private func refusesConnections(_ port: UInt16) async throws {
    try await eventually("new connections are refused") {
      do {
        _ = try await TestClient.connect(port)
        return false
      } catch TestClientError.cannotConnect {
        return true
      }
    }
  }

  @Test func whatRunsMayEnd() async throws {
    let ollama = try Self.pausing()
    try await withDrain(ollama, timeout: .seconds(60)) { gateway in
      var streams: [(RelayStream, TestClient)] = []
      for stream in RelayStream.all { streams.append((stream, try await begin(stream, gateway.port))) }
      let chat = try await ChatClient(gateway).open("chat", session: "s")
      let unary = try await TestClient.connect(gateway.port)
      try await unary.perform { try $0.sendPost("/api/embed", json: #"{"model":"m"}"#) }
      try await ollama.wait("all run") { $0.waiting(at: "go") == RelayStream.all.count + 2 }
      return (streams, chat, unary)
    } whileDraining: { gateway, running in
      try await refusesConnections(gateway.port)
      ollama.open("go")
      for (stream, client) in running.0 {
        let rest = try await client.perform { try $0.readBody() }
        #expect(String(decoding: rest, as: UTF8.self) == stream.mark)
        #expect(try await client.perform { try $0.waitUntilClosedByPeer() } == .finished)
      }
      let chat = try await running.1.perform { try $0.readResponse() }
      #expect(chat.shape == ["stream_start", "stream_chunk", "stream_end"])
      let unary = try await running.2.perform { try $0.readResponse() }
      #expect(unary.status == 200)
      #expect(unary.text == "{}")
      #expect(unary.headers["Connection"]?.lowercased() == "close")
    }
    #expect(ollama.snapshot.openConnections == 0)
  }

  @Test(arguments: RelayStream.all)
  func aLateStreamEndsWithItsError(stream: RelayStream) async throws {
    let ollama = try Self.pausing()
    try await withDrain(ollama, timeout: .milliseconds(50)) { gateway in
      try await begin(stream, gateway.port)
    } whileDraining: { _, client in
      // What `begin` has read is not part of what is read here: the form is that of the rest.
      let rest = try await client.perform { try $0.readBody() }
      let text = String(decoding: rest, as: UTF8.self)
      #expect(text.contains("shutting down"))
      #expect(!text.contains(stream.mark))
      // An error event of that path says it in two members.
      #expect(text.components(of: "shutting down") == (stream.path == "/v1/responses" ? 2 : 1))
      stream.expectErrorText(text)
      try await ollama.wait("the transfer has ended") { $0.exchanges.first?.peerLeft == true }
    }
  }

  @Test("Chats that come while the gateway drains are refused") func lateChats() async throws {
    let ollama = try Self.pausing()
    try await withDrain(ollama, timeout: .milliseconds(50)) { gateway in
      let chat = ChatClient(gateway)
      let clients = [
        try await chat.open("chat", session: "sse"),
        try await chat.open("chat", session: "ndjson", accept: "application/x-ndjson"),
      ]
      for client in clients {
        try await client.perform { connection in
          _ = try connection.readHead()
          for _ in 0..<2 { _ = try connection.readLine() }
        }
      }
      let unary = try await TestClient.connect(gateway.port)
      try await unary.perform {
        try $0.sendPost(ChatClient.path, json: ChatClient.body("chat", session: "unary"))
      }
      try await ollama.wait("all run") { $0.waiting(at: "go") == 3 }
      return (clients, unary)
    } whileDraining: { _, running in
      for client in running.0 {
        let rest = String(decoding: try await client.perform { try $0.readBody() }, as: UTF8.self)
        #expect(rest.components(of: #""type":"error""#) == 1, "\(rest)")
        #expect(rest.contains(#""code":"service_unavailable""#))
        #expect(!rest.contains("stream_end") && !rest.contains(#""done":true"#))
      }
      let unary = try await running.1.perform { try $0.readResponse() }
      #expect(unary.status == 503)
      #expect(unary.headers["Retry-After"] != nil)
      RelayErrorsTests.expectForm(of: ChatClient.path, unary)
      try await ollama.wait("the transfers have ended") { $0.exchanges.allSatisfy(\.peerLeft) }
    }
  }

  /// Responses that had not begun.
  @Test(
    "Responses that have not begun end with the drain time",
    arguments: [
      ("POST", "/api/embed"), ("POST", "/v1/embeddings"), ("POST", "/v1/messages"), ("GET", "/api/tags"),
      ("GET", "/health/ready"), ("GET", "/api/v1/chat/models"),
    ])
  func lateResponses(method: String, path: String) async throws {
    let ollama = try ScriptedOllama { _ in .silent }
    try await withDrain(ollama, timeout: .milliseconds(50)) { gateway in
      let client = try await TestClient.connect(gateway.port)
      try await client.perform {
        try $0.sendRequest(method, path, body: method == "POST" ? [0x7b, 0x7d] : nil)
      }
      try await ollama.wait("it is asked") { $0.requests.count == 1 }
      return client
    } whileDraining: { _, client in
      let response = try await client.perform { try $0.readResponse() }
      #expect(response.status == 503)
      #expect(response.headers["Retry-After"] != nil)
      RelayErrorsTests.expectForm(of: path, response)
    }
  }

  /// Health checks have a time limit of their own, which may come first on a slow machine.
  @Test(
    "Health checks are served while the gateway drains",
    arguments: ["/health/detailed", "/api/v1/chat/health"])
  func lateChecks(path: String) async throws {
    let ollama = try ScriptedOllama { _ in .silent }
    try await withDrain(ollama, timeout: .milliseconds(50)) { gateway in
      let client = try await TestClient.connect(gateway.port)
      try await client.perform { try $0.sendRequest("GET", path) }
      try await ollama.wait("it is asked") { $0.requests.count == 1 }
      return client
    } whileDraining: { _, client in
      let response = try await client.perform { try $0.readResponse() }
      let status = response.json["status"].string
      #expect(response.status == 503 || status == "degraded" || status == "unhealthy", "\(response)")
    }
  }

  /// It is not ready any more, whatever Ollama says.
  @Test("A draining gateway is not ready") func readiness() async throws {
    let ollama = try ScriptedOllama { _ in [.gate("go")] + .json(#"{"version":"1"}"#) }
    try await withDrain(ollama, timeout: .seconds(60)) { gateway in
      let client = try await TestClient.connect(gateway.port)
      try await client.perform { try $0.sendRequest("GET", "/health/ready") }
      try await ollama.wait("it is asked") { $0.requests.count == 1 }
      return client
    } whileDraining: { _, client in
      ollama.open("go")
      let response = try await client.perform { try $0.readResponse() }
      #expect(response.status == 503)
    }
  }

  /// A turn that waits would only begin.
  @Test func waitingTurnsAreRefusedAtOnce() async throws {
    let ollama = try Self.pausing()
    try await withDrain(ollama, timeout: .seconds(60)) { gateway in
      let chat = ChatClient(gateway)
      let running = try await chat.open("chat", session: "s")
      try await gateway.waitForTurns(running: 1, waiting: 0)
      let waiting = [
        try await chat.open("chat", session: "s"),
        try await chat.open("x", session: "s", accept: "application/x-ndjson"),
      ]
      try await gateway.waitForTurns(running: 1, waiting: 2)
      return (running, waiting)
    } whileDraining: { _, clients in
      for client in clients.1 {
        let response = try await client.perform { try $0.readResponse() }
        #expect(response.status == 503)
        RelayErrorsTests.expectForm(of: ChatClient.path, response)
      }
      ollama.open("go")
      let response = try await clients.0.perform { try $0.readResponse() }
      #expect(response.shape.last == "stream_end", "the running one ends well")
    }
  }

  @Test func idleConnectionsAreClosedAtOnce() async throws {
    let ollama = try Self.pausing()
    try await withDrain(ollama, timeout: .seconds(60)) { gateway in
      let idle = try await TestClient.connect(gateway.port)
      _ = try await idle.perform { try $0.get("/health") }
      let inHead = try await TestClient.connect(gateway.port)
      try await inHead.perform { connection in
        _ = try connection.get("/health")
        try connection.send("GET /health HTTP/1.1\r\nHost: local")
      }
      // Keeps the gateway from being down before the test has looked.
      return ([idle, inHead], try await begin(.chat, gateway.port))
    } whileDraining: { _, clients in
      for client in clients.0 { try await client.perform { try $0.waitUntilClosedByPeer() } }
      ollama.open("go")
      #expect(try await clients.1.perform { try $0.readBody() } == Array(RelayStream.chat.mark.utf8))
    }
  }

  /// A client that does not take its response is told so, where the form of the response allows it.
  @Test(arguments: [true, false])
  func aReaderThatStalls(streams: Bool) async throws {
    let size = 32 << 20
    let ollama = try ScriptedOllama { _ in
      streams
        ? .chat([String(repeating: "x", count: size)])
        : .response(200, type: "application/json", [UInt8](repeating: 0x20, count: size))
    }
    // The reader below is slow on a busy machine, and is to get all.
    var patient = Intervals()
    patient.lastWords = .seconds(600)
    try await withDrain(ollama, timeout: .milliseconds(50), intervals: patient) { gateway in
      let client = try await TestClient.connect(.port(gateway.port), receiveBuffer: 4096)
      try await client.perform { connection in
        try connection.sendPost("/api/chat", json: #"{"model":"m"}"#)
        _ = try connection.readHead()
      }
      return client
    } whileDraining: { _, client in
      try await ollama.wait("the gateway has given up") { $0.exchanges.first?.peerLeft == true }
      let end = try await client.perform { connection in
        // It reads again, and fast: the gateway waits for no reader for long.
        connection.growReceiveBuffer(to: 4 << 20)
        var lastLine: String?
        do throws(TestClientError) {
          while let line = try connection.readLine() { lastLine = line }
          return lastLine
        } catch {
          guard case .truncated = error else { throw error }
          return nil
        }
      }
      if streams {
        #expect(end?.hasPrefix(#"{"error":"#) == true)
      } else {
        #expect(end == nil, "it has no end")
      }
    }
  }

  /// The same when Ollama was done before: its transfer is over, and the response is not.
  @Test func aReaderThatStallsBehindAWholeResponse() async throws {
    let content = [UInt8](repeating: 0x20, count: 200_000)
    let ollama = try ScriptedOllama { request in
      request.path == "/api/ps" ? .silent : .response(200, type: "application/json", content)
    }
    try await withDrain(ollama, timeout: .milliseconds(50)) { gateway in
      // More responses than the sockets hold: one is stuck in the gateway.
      let stuck = try await TestClient.connect(.port(gateway.port), receiveBuffer: 4096)
      try await stuck.perform { connection in
        for _ in 0..<100 { try connection.sendRequest("GET", "/api/tags") }
      }
      var (responded, looks) = (0, 0)
      try await eventually("no more responses are asked for") {
        let before = responded
        responded = ollama.snapshot.respondedCount
        looks = responded > 0 && responded == before ? looks + 1 : 0
        return looks > 20
      }
      // Tells when the gateway gives up.
      let silent = try await TestClient.connect(gateway.port)
      try await silent.perform { try $0.sendRequest("GET", "/api/ps") }
      try await ollama.wait("it is asked") { $0.inProgressCount == 1 }
      return (stuck, silent)
    } whileDraining: { _, clients in
      let late = try await clients.1.perform { try $0.readResponse() }
      #expect(late.status == 503)
      let whole = try await clients.0.perform { connection in
        var whole = 0
        while let response = try? connection.readResponse(), response.body == content { whole += 1 }
        return whole
      }
      #expect(whole < 100)
    }
  }

  @Test func anUploadThatIsNotWhole() async throws {
    let ollama = try ScriptedOllama()
    try await withDrain(ollama, timeout: .milliseconds(50)) { gateway in
      var clients: [TestClient] = []
      for path in ["/api/blobs/sha256:00", "/api/chat", ChatClient.path] {
        let client = try await TestClient.connect(gateway.port)
        try await client.perform {
          try $0.sendRequest("POST", path, ["Content-Length": "1000"], body: [0x7b])
        }
        clients.append(client)
      }
      try await ollama.wait("the upload has begun") { $0.requestCount == 1 }
      try await eventually("all have begun") { await gateway.activeRequests == 3 }
      return clients
    } whileDraining: { _, clients in
      for client in clients {
        let response = try await client.perform { try $0.readResponse() }
        #expect(response.status == 503)
      }
      try await ollama.wait("the upload has ended") { $0.inProgressCount == 0 }
    }
  }

  /// Nobody listens to it, and so nobody waits for it either.
  @Test func aGenerationWithoutListeners() async throws {
    let ollama = try Self.pausing()
    try await withDrain(ollama, timeout: .seconds(60)) { gateway in
      let client = try await ChatClient(gateway).open("chat", session: "s")
      try await ollama.wait("it runs") { $0.waiting(at: "go") == 1 }
      try await client.perform { $0.reset() }
      try await eventually("nothing is being served") { await gateway.activeRequests == 0 }
    } whileDraining: { _, _ in
      try await ollama.wait("the transfer has ended") { $0.exchanges.first?.peerLeft == true }
    }
  }

  @Test func nothingToWaitFor() async throws {
    let ollama = try ScriptedOllama()
    try await withDrain(ollama, timeout: .seconds(600)) { gateway in
      _ = try await TestClient.get(gateway.port, "/api/tags")
    } whileDraining: { gateway, _ in
      try await refusesConnections(gateway.port)
    }
  }
}

extension RunningGateway {
  /// Requests that have begun and not ended.
  var activeRequests: Int {
    get async {
      var count = 0
      for worker in gateway.workers { count += await worker.run { $0.context.requests.count } }
      return count
    }
  }

  /// The requests under way on the worker that has the fewest.
  var fewestActiveRequests: Int {
    get async {
      var fewest = Int.max
      for worker in gateway.workers { fewest = min(fewest, await worker.run { $0.context.requests.count }) }
      return fewest
    }
  }
}

extension RelayStream {
  /// That a text is exactly one error event in the stream's own form.
  func expectErrorText(_ text: String) {
    var lines = text.split(separator: "\n").map(String.init)
    if path == "/v1/messages" || path == "/v1/responses" { #expect(lines.removeFirst() == "event: error") }
    #expect(lines.count == 1, "\(text)")
    let json = lines.first.flatMap { try? TestJSON(isSSE ? String($0.dropFirst(6)) : $0) }
    #expect(json?["error"] != .null && json != nil, "\(text)")
  }
}

extension String {
  /// How often a text stands in it.
  func components(of text: String) -> Int { ranges(of: text).count }
}
