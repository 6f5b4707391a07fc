import Configuration
import GatewayTesting
import Testing

/// The connections to Ollama, and what an Ollama that is not as it should be comes to.
@Suite struct UpstreamConnectionTests {
  private static let chat = #"{"model":"tinyllama","messages":[{"role":"user","content":"Hi"}]}"#
  private static let request = TestClient.requestBytes("POST", "/api/chat", json: chat)

  // MARK: Reuse

  @Test func connectionsAreReused() async throws {
    try await withGateway {
      $0.workers = 1
    } _: { gateway, ollama in
      // One after the other, on connections of their own: one connection to Ollama.
      for _ in 0..<20 {
        #expect(try await TestClient.post(gateway.port, "/api/chat", json: Self.chat).status == 200)
      }
      #expect(ollama.snapshot.acceptedConnections == 1)
      let swarm = try StreamSwarm(gateway.port, count: 400, concurrency: 8, reusesConnections: true) { _ in
        Self.request
      }
      for outcome in try await swarm.finish() { #expect(outcome.isComplete, "\(outcome)") }
      #expect(ollama.snapshot.requestCount == 420)
      #expect(ollama.snapshot.acceptedConnections <= 9, "\(ollama.snapshot.acceptedConnections)")
    }
  }

  @Test func hundredsAtOnce() async throws {
    try await withGateway { gateway, ollama in
      ollama.respond { _ in [.gate("all")] + .chat() }
      let swarm = try StreamSwarm(gateway.port, count: 400) { _ in Self.request }
      try await ollama.wait("all are at Ollama") { $0.waiting(at: "all") == 400 }
      ollama.open("all")
      let outcomes = try await swarm.finish()
      #expect(outcomes.allSatisfy { $0.isComplete && $0.digest == outcomes[0].digest })
      #expect(ollama.snapshot.acceptedConnections == 400)
    }
  }

  /// A kept connection that Ollama closes in the moment of its next use is replaced: the client sees nothing of it.
  @Test(arguments: [Script.Cut.close, .reset])
  func staleConnectionsAreReplaced(_ cut: Script.Cut) async throws {
    try await withGateway {
      $0.workers = 1
    } _: { gateway, ollama in
      ollama.respond { request in
        request.path == "/api/tags" ? .thenStale(.json(#"{"models":[]}"#), cut) : .thenStale(.chat(), cut)
      }
      for number in 0..<20 {
        let isChat = number % 2 == 0
        let response =
          isChat
          ? try await TestClient.post(gateway.port, "/api/chat", json: Self.chat)
          : try await TestClient.get(gateway.port, "/api/tags")
        #expect(response.status == 200, "\(number)")
        #expect(response.isWhole)
      }
      // Each was heard twice, but the first.
      #expect(ollama.snapshot.respondedCount == 20)
      #expect(ollama.snapshot.acceptedConnections == 20)
      // The scheduler knows of those that a model has made.
      let metrics = try await TestClient.get(gateway.port, "/metrics").text
      #expect(metrics.contains(#"ollama_gateway_retries_total{reason="stale_connection"} 9"#))
    }
  }

  @Test func aTurnOfTheChatIsSentAgainAsWell() async throws {
    try await withGateway {
      $0.workers = 1
    } _: { gateway, ollama in
      ollama.respond { _ in .thenStale(.chat(), .reset) }
      for stream in [true, false, true] {
        let response = try await TestClient.post(
          gateway.port, "/api/v1/chat", json: #"{"message":"Hi","model":"tinyllama","stream":\#(stream)}"#)
        #expect(response.status == 200 && !response.text.contains("error"))
      }
      #expect(ollama.snapshot.acceptedConnections == 3)
    }
  }

  /// What a model makes is sent twice at most, however many kept connections are closed over it.
  @Test(arguments: [Script.Cut.close, .reset])
  func aCrowdOfStaleConnectionsTakesOneOfThem(_ cut: Script.Cut) async throws {
    try await withGateway {
      $0.workers = 1
    } _: { gateway, ollama in
      ollama.respond { _ in [.gate("all")] + .thenStale(.chat(), cut) }
      let swarm = try StreamSwarm(gateway.port, count: 6) { _ in Self.request }
      try await ollama.wait("all are at Ollama") { $0.waiting(at: "all") == 6 }
      ollama.open("all")
      #expect(try await swarm.finish().allSatisfy(\.isComplete))
      ollama.respond { _ in .chat() }
      let before = ollama.snapshot
      #expect(try await TestClient.post(gateway.port, "/api/chat", json: Self.chat).status == 200)
      #expect(ollama.snapshot.acceptedConnections == before.acceptedConnections + 1)
      // Beside the one that it was sent on, libcurl may give up another before it is used.
      #expect(ollama.snapshot.openConnections >= before.openConnections - 1)
    }
  }

  /// Connections that idled too long for Ollama are noticed before they are used.
  @Test func closedIdleConnections() async throws {
    try await withGateway {
      $0.workers = 1
    } _: { gateway, ollama in
      for round in 1...5 {
        #expect(try await TestClient.post(gateway.port, "/api/chat", json: Self.chat).status == 200)
        #expect(ollama.snapshot.acceptedConnections == round)
        ollama.closeIdleConnections()
        try await ollama.wait("it is closed") { $0.openConnections == 0 }
      }
    }
  }

  /// With a byte of the response sent on, a request is never sent again: what it did once it would do twice.
  @Test(arguments: [Script.Cut.close, .reset])
  func aBrokenResponseIsNotRetried(_ cut: Script.Cut) async throws {
    try await withGateway {
      $0.workers = 1
    } _: { gateway, ollama in
      #expect(try await TestClient.post(gateway.port, "/api/chat", json: Self.chat).status == 200)
      for script in [
        Script.cutInHead(cut), .cutInLine(cut), .cutInChunk(cut), .cutBetweenChunks(cut),
        .cutInBody("{}", missing: 1, cut: cut),
      ] {
        let before = ollama.snapshot.requestCount
        ollama.respond { _ in script }
        let response = try await TestClient.post(gateway.port, "/api/chat", json: Self.chat)
        #expect(response.status == 502 || response.text.contains("error"))
        #expect(ollama.snapshot.requestCount == before + 1, "\(response)")
        // A new connection, kept.
        ollama.respond { OllamaResponses().script(for: $0) }
        #expect(try await TestClient.post(gateway.port, "/api/chat", json: Self.chat).status == 200)
      }
    }
  }

  /// A fresh connection that closes without a byte is an Ollama that does not respond, not a stale connection.
  @Test(arguments: [Script.Cut.close, .reset])
  func aFreshConnectionThatCloses(_ cut: Script.Cut) async throws {
    try await withGateway {
      $0.workers = 1
    } _: { gateway, ollama in
      ollama.respond { _ in .cutBeforeHead(cut) }
      let response = try await TestClient.post(gateway.port, "/api/chat", json: Self.chat)
      #expect(response.status == 502)
      #expect(ollama.snapshot.requestCount == 1)
    }
  }

  /// A request whose body is passed on as it comes cannot be sent again: it gets a connection of its own.
  @Test func uploadsAreNeverRetried() async throws {
    try await withGateway {
      $0.workers = 1
      $0.allowModelManagement = true
    } _: { gateway, ollama in
      ollama.respond { request in
        request.method == "POST" ? .thenStale([.head(201, ["Content-Length": "0"])]) : .thenStale(.json("{}"))
      }
      let path = "/api/blobs/sha256:" + String(repeating: "0", count: 64)
      for _ in 0..<3 {
        #expect(try await TestClient.get(gateway.port, "/api/tags").status == 200)
        let response = try await TestClient.request(gateway.port, "POST", path, body: Array("hello".utf8))
        #expect(response.status == 201)
      }
      #expect(ollama.requests.filter { $0.method == "POST" }.map(\.text) == ["hello", "hello", "hello"])
    }
  }

  // MARK: An Ollama that is not there

  @Test(
    "An Ollama that is not there is told at once",
    arguments: ["/api/chat", "/v1/chat/completions", "/v1/messages", "/api/v1/chat", "/api/tags"])
  func unreachable(_ path: String) async throws {
    let refusing = try RefusingPort()
    try await withGateway {
      $0.ollama = OllamaURL("http://127.0.0.1:\(refusing.port)")!
    } _: { gateway, _ in
      try await expectUnreachable(gateway, path)
    }
  }

  /// A host that drops what is sent to it.
  @Test(
    "A host that drops packets is a connect time-out", arguments: ["/api/chat", "/api/v1/chat", "/api/tags"])
  func noResponse(_ path: String) async throws {
    let unanswered = try UnansweredPort()
    try await withGateway {
      $0.ollama = OllamaURL("http://127.0.0.1:\(unanswered.port)")!
      $0.connectTimeout = .milliseconds(200)
    } _: { gateway, _ in
      try await expectUnreachable(gateway, path)
    }
  }

  private func expectUnreachable(_ gateway: RunningGateway, _ path: String) async throws {
    let response =
      path == "/api/tags"
      ? try await TestClient.get(gateway.port, path)
      : try await TestClient.post(
        gateway.port, path,
        json: #"{"message":"Hi","model":"tinyllama","messages":[{"role":"user","content":"Hi"}]}"#)
    #expect(response.status == 503, "\(response)")
    #expect(response.headers["Retry-After"] != nil)
    switch path {
    case "/v1/chat/completions": #expect(response.json["error"]["message"].string != nil)
    case "/v1/messages": #expect(response.json["type"] == "error")
    case "/api/v1/chat": #expect(response.headers["Content-Type"] == "application/problem+json")
    default: #expect(response.json["error"].string != nil)
    }
  }

  /// Ollama comes back: the next request finds it.
  @Test("An Ollama that comes back is found by the next request") func backAgain() async throws {
    let first = try ScriptedOllama()
    let port = first.port
    try await withGateway {
      $0.workers = 1
      $0.ollama = OllamaURL("http://127.0.0.1:\(port)")!
    } _: { gateway, _ in
      #expect(try await TestClient.get(gateway.port, "/api/tags").status == 200)
      first.stop()
      #expect(try await TestClient.get(gateway.port, "/api/tags").status == 503)
      let second = try ScriptedOllama(port: port)
      defer { second.stop() }
      #expect(try await TestClient.get(gateway.port, "/api/tags").status == 200)
    }
  }

  // MARK: An Ollama that is silent

  @Test(arguments: ["/api/chat", "/v1/chat/completions", "/api/v1/chat"])
  func silentBeforeTheFirstByte(_ path: String) async throws {
    try await withGateway {
      $0.firstByteTimeout = .milliseconds(300)
    } _: { gateway, ollama in
      ollama.respond { _ in .silent }
      let response = try await TestClient.post(
        gateway.port, path,
        json: #"{"message":"Hi","model":"tinyllama","messages":[{"role":"user","content":"Hi"}]}"#)
      #expect(response.status == 504)
      try await ollama.wait("the transfer has ended") { $0.endedCount == 1 && $0.openConnections == 0 }
      #expect(ollama.snapshot.exchanges[0].peerLeft)
    }
  }

  /// A head that trickles is no response yet.
  @Test func aHeadThatTrickles() async throws {
    try await withGateway {
      $0.firstByteTimeout = .milliseconds(300)
    } _: { gateway, ollama in
      ollama.respond { _ in .slowHead(every: .milliseconds(50)) }
      #expect(try await TestClient.post(gateway.port, "/api/chat", json: Self.chat).status == 504)
      try await ollama.wait("the transfer has ended") { $0.endedCount == 1 }
    }
  }

  @Test func silentInMidStream() async throws {
    try await withGateway {
      $0.idleTimeout = .milliseconds(300)
    } _: { gateway, ollama in
      ollama.respond { _ in .stalled }
      let response = try await TestClient.post(gateway.port, "/api/chat", json: Self.chat)
      #expect(response.status == 200)
      #expect(response.lines.count == 2)
      #expect(response.lines.last?.contains(#""error""#) == true)
      #expect(response.isWhole)
      try await ollama.wait("the transfer has ended") { $0.endedCount == 1 && $0.openConnections == 0 }
    }
  }

  /// A stream that is slow is not silent.
  @Test func slowIsNotSilent() async throws {
    try await withGateway {
      $0.firstByteTimeout = .seconds(5)
      $0.idleTimeout = .seconds(5)
    } _: { gateway, ollama in
      ollama.respond { _ in .chat((0..<50).map { "\($0)" }, every: .milliseconds(120)) }
      let response = try await TestClient.post(gateway.port, "/api/chat", json: Self.chat)
      #expect(response.lines.last?.contains(#""done":true"#) == true)
    }
  }

  /// While its own reader is stuck, Ollama is not silent.
  @Test func aStuckReaderIsNotOllamaSilence() async throws {
    // Large pieces: of many small ones the kernel drops some where nobody reads them, as each takes far more memory than it
    // has bytes, and sends them again only after about as long as the reader was stuck.
    let script = Script.chat((0..<400).map { "token \($0) " + String(repeating: "x", count: 4000) })
    let ollama = try ScriptedOllama(sendBuffer: 16 * 1024) { _ in script }
    try await withGateway(ollama: ollama) {
      $0.idleTimeout = .seconds(3)
    } _: { gateway, ollama in
      let swarm = try StreamSwarm(gateway.port, count: 3, receiveBuffer: 4096, stalls: { _ in true }) { _ in
        Self.request
      }
      // Longer than the limit, as another stream measures it that runs into it.
      let stalling = try ScriptedOllama { _ in .stalled }
      defer { stalling.stop() }
      try await withGateway(ollama: stalling) {
        $0.idleTimeout = .seconds(5)
      } _: { other, _ in
        _ = try await TestClient.post(other.port, "/api/chat", json: Self.chat)
      }
      swarm.readStalled()
      let outcomes = try await swarm.finish()
      let areWhole = outcomes.allSatisfy {
        $0.isComplete && $0.status == 200 && $0.digest == outcomes[0].digest
      }
      #expect(areWhole, "\(outcomes)\n\(ollama.snapshot)\n\(gateway.log)")
    }
  }

  // MARK: An Ollama that responds with something else

  @Test func heads() async throws {
    try await withGateway { gateway, ollama in
      let post = { @Sendable (script: Script) async throws -> Int in
        ollama.respond { _ in script }
        return try await TestClient.post(gateway.port, "/api/chat", json: Self.chat).status
      }
      #expect(try await post(.garbage) == 502)
      #expect(try await post(.manyHeaders(200)) == 200)
      #expect(try await post(.manyHeaders(300)) == 502)
      // A field that stops here, and one that goes on.
      #expect(try await post(.hugeHeader(60_000)) == 200)
      #expect(try await post(.hugeHeader(8_000, named: "OpenAI-Huge")) == 200)
      // More than goes on to a client, and more than is read.
      #expect(try await post(.hugeHeader(60_000, named: "OpenAI-Huge")) == 502)
      #expect(try await post(.hugeHeader(400_000)) == 502)
      #expect(try await post(.endlessHeader) == 502)
      try await ollama.wait("no transfer is left") { $0.inProgressCount == 0 }
    }
  }

  /// An Ollama that redirects would be followed with the client's body in hand. It is not; the response passes through.
  @Test func redirectsAreNotFollowed() async throws {
    let other = try ScriptedOllama()
    defer { other.stop() }
    try await withGateway { gateway, ollama in
      ollama.respond { _ in
        [.head(307, ["Location": "\(other.url)/api/chat", "Content-Length": "0"])]
      }
      let response = try await TestClient.post(gateway.port, "/api/chat", json: Self.chat)
      #expect(response.status == 307)
      #expect(other.snapshot.acceptedConnections == 0)
    }
  }
}
