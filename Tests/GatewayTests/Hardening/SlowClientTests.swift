import Configuration
import GatewayTesting
import Glibc
import Testing

/// Clients that send slowly or nothing, and as many as there may be.
@Suite struct SlowClientTests {
  private static let chat = #"{"model":"tinyllama","messages":[{"role":"user","content":"Hi"}]}"#

  /// A byte at a time for ever, in the header: refused when the time for a header is over, while others are served.
  @Test("A header that comes too slowly is refused") func slowHeaders() async throws {
    try await withGateway {
      $0.headerTimeout = .milliseconds(500)
    } _: { gateway, ollama in
      let request = TestClient.requestBytes(
        "GET", "/api/tags", ["X-Slow": String(repeating: "a", count: 20_000)])
      let swarm = try StreamSwarm(gateway.port, count: 50, byteInterval: .milliseconds(10)) { _ in request }
      try await swarm.wait("all are at it") { $0.connections == 50 }
      #expect(try await TestClient.get(gateway.port, "/api/version").status == 200)
      for outcome in try await swarm.finish() { #expect(outcome.status == 408, "\(outcome)") }
      #expect(ollama.requests.map(\.path) == ["/api/version"])
    }
  }

  /// A byte at a time for ever, in the body: likewise, in the form of the API that was asked for.
  @Test(
    "A body that comes too slowly is refused",
    arguments: ["/api/chat", "/v1/chat/completions", "/v1/messages", "/api/v1/chat"])
  func slowBodies(_ path: String) async throws {
    try await withGateway {
      $0.headerTimeout = .milliseconds(500)
    } _: { gateway, ollama in
      // The head at once, the body a byte at a time.
      let response = try await TestClient.run(gateway.port) { connection in
        try connection.send(TestClient.requestBytes("POST", path, ["Content-Length": "100000"]))
        var response: TestClient.Response?
        while response == nil {
          do { try connection.send("x") } catch TestClientError.cannotSend {}
          usleep(5000)
          if connection.isClosedByPeer { response = try connection.readResponse() }
        }
        return try #require(response)
      }
      #expect(response.status == 408)
      switch path {
      case "/api/chat": #expect(response.json["error"].string != nil)
      case "/v1/chat/completions", "/v1/messages": #expect(response.json["error"]["message"].string != nil)
      default: #expect(response.json["detail"].string != nil)
      }
      #expect(ollama.snapshot.requestCount == 0)
    }
  }

  /// An upload that trickles ends at both sides.
  @Test("An upload that comes too slowly ends at both sides") func slowUploads() async throws {
    try await withGateway {
      $0.headerTimeout = .milliseconds(300)
      $0.allowModelManagement = true
    } _: { gateway, ollama in
      let digest = "sha256:" + String(repeating: "0", count: 64)
      let status = try await TestClient.run(gateway.port) { connection in
        try connection.send(
          TestClient.requestBytes("POST", "/api/blobs/\(digest)", ["Content-Length": "100000"]))
        try connection.send("a few bytes")
        return try connection.readResponse().status
      }
      #expect(status == 408)
      // Where other work keeps the machine, it may not have begun within the time.
      try await ollama.wait("the upload to Ollama has ended") {
        $0.endedCount == $0.requestCount && $0.openConnections == 0
      }
      #expect(ollama.snapshot.exchanges.allSatisfy { !$0.request.body.isWhole })
    }
  }

  /// As many connections as a machine's idle browser tabs would hold, while others are served.
  @Test func thousandsOfIdleConnections() async throws {
    try await withGateway { gateway, _ in
      let count = min(5000, (Self.descriptorLimit - 2000) / 2)
      // Half of them never send a byte, half have had a response.
      let silent = try StreamSwarm(gateway.port, count: count / 2) { _ in [] }
      let request = TestClient.requestBytes("GET", "/health")
      let used = try StreamSwarm(gateway.port, count: count / 2) { _ in request + Array("GET /".utf8) }
      defer {
        silent.stop()
        used.stop()
      }
      try await silent.wait("all are connected") { $0.connections == count / 2 }
      try await used.wait("all are connected and have their responses") {
        $0.connections == count / 2 && $0.heads == count / 2
      }
      let busy = TestClient.requestBytes("POST", "/api/chat", json: Self.chat)
      let swarm = try StreamSwarm(gateway.port, count: 200, concurrency: 20) { _ in busy }
      for outcome in try await swarm.finish() {
        #expect(outcome.isComplete && outcome.status == 200, "\(outcome)")
      }
      #expect(silent.progress.ended == 0)
    }
  }

  private static var descriptorLimit: Int {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return Int(clamping: limit.rlim_cur)
  }

  /// The limit holds over all workers; who comes too much is told so, and room that is given up is given away.
  @Test(arguments: [1, 3])
  func tooManyConnections(_ workers: Int) async throws {
    try await withGateway {
      $0.workers = workers
      $0.maxConnections = 10
    } _: { gateway, _ in
      let idle = try StreamSwarm(gateway.port, count: 10) { _ in [] }
      try await idle.wait("all are connected") { $0.connections == 10 }
      // Connected is not yet accepted: the kernel does the one, the gateway the other.
      try await eventually("the gateway is full") {
        try await TestClient.run(gateway.port) { connection in
          try? connection.sendRequest("GET", "/health")
          return try connection.readResponse().status == 503
        }
      }
      let refused = try await TestClient.run(gateway.port) { connection in
        let response = try connection.readResponse()
        try connection.waitUntilClosedByPeer()
        return response
      }
      #expect(refused.status == 503)
      #expect(refused.headers["Retry-After"] != nil)
      #expect(refused.json["detail"].string != nil)
      idle.stop()
      try await eventually("there is room again") {
        try await TestClient.run(gateway.port) { connection in
          try? connection.sendRequest("GET", "/health")
          return try connection.readResponse().status == 200
        }
      }
    }
  }
}
