import Configuration
import GatewayTesting
import Glibc
import Testing

/// A reader that stops reading stops its stream at Ollama, and nobody else's.
@Suite struct BackPressureTests {
  private static let chat = #"{"model":"tinyllama","messages":[{"role":"user","content":"Hi"}]}"#
  private static let request = TestClient.requestBytes("POST", "/api/chat", json: chat)
  /// What one stuck reader may cost, in the gateway and in the kernel's buffers on both sides of it.
  private static let allowed = 1 << 20

  /// As a stream of events, and as a response of any other kind.
  static let floods: [Script] = [
    .endless,
    [
      .head(200, ["Content-Type": "application/octet-stream", "Transfer-Encoding": "chunked"]),
      .floodChunks(String(repeating: "x", count: 5000)),
    ],
    [.head(200, ["Content-Type": "application/json", "Content-Length": "1000000000000"]), .flood([0x20])],
  ]

  @Test(arguments: 0..<3)
  func stuckReadersCostLittle(_ flood: Int) async throws {
    let ollama = try ScriptedOllama(sendBuffer: 16 * 1024) { _ in Self.floods[flood] }
    try await withGateway(ollama: ollama) {
      $0.workers = 1
    } _: { gateway, ollama in
      let stuck = try StreamSwarm(gateway.port, count: 20, receiveBuffer: 4096, stalls: { _ in true }) { _ in
        Self.request
      }
      defer { stuck.stop() }
      try await ollama.wait("their streams run") { $0.inProgressCount == 20 }
      // Others on the same loop go on.
      let read = try await TestClient.run(gateway.port) { connection in
        try connection.send(Self.request)
        _ = try connection.readHead()
        var count = 0
        while count < 16 << 20, let bytes = try connection.readBytes() { count += bytes.count }
        return count
      }
      #expect(read >= 16 << 20)
      let health = try await TestClient.get(gateway.port, "/health")
      #expect(health.status == 200)
      try await ollama.wait("the reader's stream has ended") { $0.inProgressCount == 20 }
      let sent = ollama.snapshot.exchanges.filter(\.isInProgress).map(\.bytesSent)
      let isLittle = sent.allSatisfy { $0 > 0 && $0 < Self.allowed }
      #expect(isLittle, "\(sent)")
    }
  }

  /// Once it reads again, it gets everything.
  @Test func aReaderThatGoesOnMissesNothing() async throws {
    let script = Script.chat((0..<20_000).map { "token \($0) " })
    let ollama = try ScriptedOllama(sendBuffer: 16 * 1024) { _ in script }
    try await withGateway(ollama: ollama) {
      $0.workers = 1
    } _: { gateway, ollama in
      let expected = try await TestClient.run(ollama.port) { connection in
        try connection.send(Self.request)
        return ByteDigest(of: try connection.readResponse().body)
      }
      let swarm = try StreamSwarm(gateway.port, count: 5, receiveBuffer: 4096, stalls: { _ in true }) { _ in
        Self.request
      }
      try await ollama.wait("the streams are stuck") { snapshot in
        snapshot.exchanges.dropFirst().count == 5
          && snapshot.exchanges.dropFirst().allSatisfy { $0.bytesSent > 100_000 }
      }
      swarm.readStalled()
      for outcome in try await swarm.finish() {
        #expect(outcome.isComplete && outcome.digest == expected, "\(outcome)")
      }
    }
  }

  @Test func aStuckReaderIsDroppedInTime() async throws {
    let ollama = try ScriptedOllama { _ in .endless }
    try await withGateway(ollama: ollama) {
      $0.workers = 1
      $0.sendTimeout = .milliseconds(500)
    } _: { gateway, ollama in
      let swarm = try StreamSwarm(gateway.port, count: 10, receiveBuffer: 4096, stalls: { _ in true }) { _ in
        Self.request
      }
      defer { swarm.stop() }
      try await ollama.wait("their transfers have ended") { $0.endedCount == 10 && $0.openConnections == 0 }
      #expect(ollama.snapshot.exchanges.allSatisfy { $0.peerLeft })
    }
  }

  /// Slow is not stuck: a reader that takes a little now and then is kept, for longer than a stuck one would be.
  @Test func aSlowReaderIsKept() async throws {
    let script = Script.chat((0..<3000).map { "token \($0) " })
    let ollama = try ScriptedOllama { _ in script }
    try await withGateway(ollama: ollama) {
      $0.workers = 1
      $0.sendTimeout = .seconds(5)
    } _: { gateway, _ in
      let response = try await TestClient.run(gateway.port, receiveBuffer: 4096) { connection in
        try connection.send(Self.request)
        _ = try connection.readHead()
        var last = ""
        var count = 0
        while let line = try connection.readLine() {
          last = line
          count += 1
          // Fifteen pauses are longer than the limit, each of them is a tenth of it.
          if count.isMultiple(of: 200) { usleep(500_000) }
        }
        return last
      }
      #expect(response.contains(#""done":true"#))
    }
  }
}
