import Configuration
import GatewayTesting
import Testing

/// A client that leaves ends its upstream transfer, and disturbs nobody else's.
@Suite struct DepartureTests {
  enum Moment: CaseIterable, Sendable {
    case beforeTheFirstByte, inMidStream
  }

  private static func chat(stream: Bool) -> String {
    #"{"model":"tinyllama","stream":\#(stream),"messages":[{"role":"user","content":"Hi"}]}"#
  }

  private func leave(_ connection: TestClient.Connection, _ departure: Departure) {
    switch departure {
    case .finished: connection.close()
    case .reset: connection.reset()
    }
  }

  @Test(
    "A stream whose client leaves ends at Ollama", arguments: Moment.allCases, [Departure.finished, .reset])
  func aStream(_ moment: Moment, _ departure: Departure) async throws {
    try await withGateway { gateway, ollama in
      ollama.respond { _ in moment == .inMidStream ? .endless(every: .milliseconds(5)) : .silent }
      for path in ["/api/chat", "/api/generate", "/v1/chat/completions", "/v1/messages"] {
        let before = ollama.snapshot.endedCount
        let client = try await TestClient.connect(gateway.port)
        try await client.perform { connection in
          try connection.sendPost(path, json: Self.chat(stream: true))
          // The response is Ollama's native stream: on other paths it comes as it is.
          if moment == .inMidStream { _ = try connection.readHead() }
        }
        try await ollama.wait("the request is there") { $0.inProgressCount == 1 }
        try await client.perform { leave($0, departure) }
        try await ollama.wait("its transfer has ended") { $0.endedCount == before + 1 }
        #expect(ollama.snapshot.exchanges.last?.peerLeft == true, "\(path)")
      }
      try await ollama.wait("no connection is left open") { $0.openConnections == 0 }
    }
  }

  @Test(arguments: [Departure.finished, .reset])
  func aUnaryRequest(_ departure: Departure) async throws {
    // Ollama's response has begun, but no byte of it has reached the client.
    let begun: Script = [
      .head(200, ["Content-Type": "application/json", "Content-Length": "1000"]), .text("{"), .silence,
    ]
    try await withGateway { gateway, ollama in
      for script in [Script.silent, begun] {
        ollama.respond { _ in script }
        let before = ollama.snapshot.endedCount
        let client = try await TestClient.connect(gateway.port)
        try await client.perform { try $0.sendPost("/api/chat", json: Self.chat(stream: false)) }
        try await ollama.wait("the request is there") { $0.inProgressCount == 1 }
        try await client.perform { leave($0, departure) }
        try await ollama.wait("its transfer has ended") { $0.endedCount == before + 1 }
        #expect(ollama.snapshot.exchanges.last?.peerLeft == true)
      }
    }
  }

  /// The gateway's own questions to Ollama are not the client's, but its chat's generation is.
  @Test(arguments: [true, false])
  func aChatOfTheGatewayOwn(_ stream: Bool) async throws {
    try await withGateway {
      $0.sessionGrace = .milliseconds(50)
    } _: { gateway, ollama in
      ollama.respond { _ in .endless(every: .milliseconds(5)) }
      let client = try await TestClient.connect(gateway.port)
      try await client.perform { connection in
        try connection.sendPost("/api/v1/chat", json: #"{"message":"Hi","stream":\#(stream)}"#)
        if stream { _ = try connection.readHead() }
      }
      try await ollama.wait("the generation runs") { $0.inProgressCount == 1 }
      try await client.perform { $0.close() }
      try await ollama.wait("it ends after the session's grace") { $0.endedCount == 1 }
    }
  }

  /// A client that leaves while its body is on its way.
  @Test(arguments: [Departure.finished, .reset])
  func inMidBody(_ departure: Departure) async throws {
    try await withGateway { gateway, ollama in
      let client = try await TestClient.connect(gateway.port)
      try await client.perform { connection in
        try connection.sendRequest("POST", "/api/chat", ["Content-Length": "1000", "Expect": "100-continue"])
        // Asked for the body, the gateway has the head.
        _ = try connection.receiveBytes()
        try connection.send("{")
        leave(connection, departure)
      }
      try await eventually("it is logged as left", state: { gateway.log }) {
        gateway.log.contains("status=499")
      }
      #expect(ollama.snapshot.requestCount == 0)
    }
  }

  /// Others on the same worker, some of which go on while some leave.
  @Test func oneLeavingDoesNotDisturbAnother() async throws {
    let responses = OllamaResponses(tokens: (0..<60).map { "token \($0) " }, interval: .milliseconds(20))
    let ollama = try ScriptedOllama { responses.script(for: $0) }
    try await withGateway(ollama: ollama) {
      $0.workers = 1
    } _: { gateway, ollama in
      let request = TestClient.requestBytes("POST", "/api/chat", json: Self.chat(stream: true))
      let expected = try await TestClient.run(ollama.port) { connection in
        try connection.send(request)
        return ByteDigest(of: try connection.readResponse().body)
      }
      let staying = try StreamSwarm(gateway.port, count: 40) { _ in request }
      let leaving = try StreamSwarm(
        gateway.port, count: 200, concurrency: 40, cuts: .init(seed: 7, afterBytes: 0...3000)
      ) { _ in request }
      let left = try await leaving.finish()
      #expect(left.allSatisfy { $0.ending == .cut })
      for outcome in try await staying.finish() {
        #expect(outcome.isComplete && outcome.digest == expected, "\(outcome)")
      }
      try await ollama.wait("every transfer has ended") { $0.inProgressCount == 0 }
      #expect(ollama.snapshot.respondedCount >= 41)
    }
  }

  /// Whoever only closes his writing half gets what costs no generation.
  @Test(arguments: [
    ("GET", "/api/tags"), ("GET", "/api/version"), ("GET", "/api/ps"), ("POST", "/api/show"),
    ("GET", "/v1/models"),
    ("GET", "/v1/models/tinyllama"), ("GET", "/api/v1/chat/models"), ("GET", "/health/ready"),
  ])
  func aHalfClosedQuestion(_ method: String, _ path: String) async throws {
    let responses = OllamaResponses()
    let ollama = try ScriptedOllama { [.gate("on")] + responses.script(for: $0) }
    try await withGateway(ollama: ollama) { gateway, ollama in
      let client = try await TestClient.connect(gateway.port)
      try await client.perform { connection in
        if method == "POST" {
          try connection.sendPost(path, json: #"{"model":"tinyllama"}"#)
        } else {
          try connection.sendRequest(method, path)
        }
        connection.shutdownWrite()
      }
      try await ollama.wait("it is asked") { $0.waiting(at: "on") == 1 }
      ollama.open("on")
      let response = try await client.perform { try $0.readResponse() }
      #expect(response.status == 200 && response.isWhole)
      #expect(try await client.perform { try $0.waitUntilClosedByPeer() } == .finished)
    }
  }

  /// Nobody may wait for these any more, and a model would work for nothing.
  @Test(arguments: [
    "/api/embed", "/api/generate", "/v1/embeddings", "/v1/chat/completions", "/v1/messages", "/v1/responses",
  ])
  func aHalfClosedGeneration(_ path: String) async throws {
    try await withGateway { gateway, ollama in
      ollama.respond { _ in .silent }
      let departure = try await TestClient.run(gateway.port) { connection in
        try connection.sendPost(path, json: Self.chat(stream: false))
        connection.shutdownWrite()
        return try connection.waitUntilClosedByPeer()
      }
      #expect(departure == .finished || departure == .reset)
      try await ollama.wait("no transfer is left") { $0.inProgressCount == 0 }
    }
  }

  /// What has no time limit would wait for ever for a client that has left, which looks the same.
  @Test(arguments: ["/api/new", "/v1/new"]) func aHalfClosedReadOfANewerPath(_ path: String) async throws {
    try await withGateway { gateway, ollama in
      ollama.respond { _ in .silent }
      let departure = try await TestClient.run(gateway.port) { connection in
        try connection.sendRequest("GET", path)
        connection.shutdownWrite()
        return try connection.waitUntilClosedByPeer()
      }
      #expect(departure == .finished || departure == .reset)
      try await ollama.wait("no transfer is left") { $0.inProgressCount == 0 }
    }
  }

  /// A client that only closes its writing half is taken for gone, as nginx and Go do - but what it sent before, and
  /// what takes no waiting, gets its response.
  @Test func aHalfClosedConnection() async throws {
    try await withGateway { gateway, ollama in
      let response = try await TestClient.run(gateway.port) { connection in
        try connection.sendRequest("GET", "/health")
        connection.shutdownWrite()
        return try connection.readResponse()
      }
      #expect(response.status == 200)
      ollama.respond { _ in .silent }
      let departure = try await TestClient.run(gateway.port) { connection in
        try connection.sendPost("/api/chat", json: Self.chat(stream: true))
        connection.shutdownWrite()
        return try connection.waitUntilClosedByPeer()
      }
      #expect(departure == .finished || departure == .reset)
      try await ollama.wait("no transfer is left") { $0.inProgressCount == 0 }
    }
  }
}
