import GatewayTesting
import System
import Testing

@Suite struct StreamSwarmTests {
  private let request = TestClient.requestBytes(
    "POST", "/api/chat", json: #"{"model":"tinyllama","messages":[{"role":"user","content":"Hi"}]}"#)

  @Test func everyByteOfHundredsOfPacedStreamsArrivesInOrder() async throws {
    let responses = OllamaResponses(tokens: (0..<20).map { "token \($0) " }, interval: .milliseconds(10))
    let ollama = try ScriptedOllama { responses.script(for: $0) }
    defer { ollama.stop() }
    let expected = try await TestClient.run(ollama.port) { [request] connection in
      try connection.send(request)
      return try connection.readResponse().body
    }
    let parts = Lock<[Int: [UInt8]]>([:])
    let swarm = try StreamSwarm(
      ollama.port, count: 300, onBody: { index, bytes in parts.withLock { $0[index, default: []] += bytes } }
    ) { [request] _ in request }
    try await ollama.wait("all go on at once") { $0.requestCount == 301 }
    let outcomes = try await swarm.finish()
    #expect(outcomes.map(\.index) == Array(0..<300))
    #expect(outcomes.allSatisfy { $0.isComplete && $0.digest == ByteDigest(of: expected) && $0.chunks == 21 })
    #expect(parts.withLock { $0.values.allSatisfy { $0 == expected } && $0.count == 300 })
    #expect(swarm.progress.bodyBytes == 300 * expected.count)
    try await ollama.wait { $0.openConnections == 0 && $0.respondedCount == 301 }
  }

  @Test func cutsFallWhereTheSeedSays() async throws {
    let ollama = try ScriptedOllama { _ in .endless(every: .milliseconds(1)) }
    defer { ollama.stop() }
    func run(_ seed: UInt64) async throws -> [Int] {
      let cuts = StreamSwarm.Cuts(seed: seed, afterBytes: 0...2000)
      let swarm = try StreamSwarm(ollama.port, count: 200, concurrency: 50, collectLimit: 4096, cuts: cuts) {
        [request] _ in request
      }
      let outcomes = try await swarm.finish()
      #expect(outcomes.count == 200 && outcomes.allSatisfy { $0.ending == .cut })
      return outcomes.map(\.body.count)
    }
    let first = try await run(1)
    #expect(try await run(1) == first)
    #expect(try await run(2) != first)
    #expect(Set(first).count > 50)
    try await ollama.wait("all connections are gone") { $0.openConnections == 0 && $0.inProgressCount == 0 }
    let endings = ollama.snapshot.exchanges.map(\.ending)
    #expect(endings.allSatisfy { if case .peerLeft = $0 { true } else { false } })
    #expect(endings.contains { if case .peerLeft(.reset, _) = $0 { true } else { false } })
  }

  @Test func connectionsAreReusedAndStaleOnesReplaced() async throws {
    let ollama = try ScriptedOllama()
    defer { ollama.stop() }
    let swarm = try StreamSwarm(ollama.port, count: 500, concurrency: 10, reusesConnections: true) {
      [request] _ in
      request
    }
    #expect(try await swarm.finish().allSatisfy(\.isComplete))
    #expect(ollama.snapshot.acceptedConnections == 10 && ollama.snapshot.requestCount == 500)
    ollama.respond { _ in .thenStale(.chat()) }
    let stale = try StreamSwarm(ollama.port, count: 100, concurrency: 10, reusesConnections: true) {
      [request] _ in
      request
    }
    #expect(try await stale.finish().allSatisfy(\.isComplete))
    #expect(stale.progress.connections == 100)
  }

  @Test func stalledReadersStandStillUntilTheyAreLetOn() async throws {
    let ollama = try ScriptedOllama(sendBuffer: 16384) { _ in .hugeLine(1 << 20) }
    defer { ollama.stop() }
    let swarm = try StreamSwarm(
      ollama.port, count: 10, receiveBuffer: 16384, stalls: { $0 < 5 }
    ) { [request] _ in request }
    try await swarm.wait("the others are done") { $0.complete == 5 }
    #expect(swarm.progress.heads == 5 && ollama.snapshot.inProgressCount >= 5)
    swarm.readStalled()
    let outcomes = try await swarm.finish()
    #expect(outcomes.allSatisfy { $0.isComplete && $0.digest == outcomes[0].digest })
  }

  @Test func brokenStreamsAreToldApart() async throws {
    let ollama = try ScriptedOllama { request in
      switch request.path {
      case "/0": .cutBeforeHead()
      case "/1": .cutInHead(.reset)
      case "/2": .cutInLine()
      case "/3": .cutInChunk(.reset)
      case "/4": .badChunkSize
      case "/5": [.head(200), .text("until the end"), .close]
      default: .error(500, "it broke")
      }
    }
    defer { ollama.stop() }
    let swarm = try StreamSwarm(ollama.port, count: 7, collectLimit: 100) {
      TestClient.requestBytes("GET", "/\($0)")
    }
    let outcomes = try await swarm.finish()
    #expect(
      outcomes.map(\.ending) == [
        .closedBeforeHead(.finished), .closedBeforeHead(.reset), .truncated(.finished), .truncated(.reset),
        .malformed(.badChunkSize("zz")), .complete, .complete,
      ])
    #expect(outcomes.map(\.status) == [nil, nil, 200, 200, 200, 200, 500])
    #expect(outcomes[5].text == "until the end")
  }

  @Test func aTestCanCutOneOrAll() async throws {
    let ollama = try ScriptedOllama { _ in .stalled }
    defer { ollama.stop() }
    let swarm = try StreamSwarm(ollama.port, count: 30, concurrency: 20) { [request] _ in request }
    try await swarm.wait { $0.heads == 20 }
    swarm.cut(3, .reset)
    try await swarm.wait("the next one has begun in its place") { $0.heads == 21 && $0.ended == 1 }
    swarm.cutAll()
    #expect(try await swarm.finish().count == 21)
    try await ollama.wait { $0.openConnections == 0 && $0.requestCount == 21 }
  }

  @Test func refusedConnectionsAreOutcomes() async throws {
    let refusing = try RefusingPort()
    let swarm = try StreamSwarm(refusing.port, count: 300, concurrency: 7) { [request] _ in request }
    let outcomes = try await swarm.finish()
    #expect(outcomes.count == 300)
    #expect(outcomes.allSatisfy { if case .cannotConnect = $0.ending { true } else { false } })
  }

  @Test func requestsCanTrickleAndConnectionsStayIdle() async throws {
    let ollama = try ScriptedOllama()
    defer { ollama.stop() }
    let slow = try StreamSwarm(ollama.port, count: 20, byteInterval: .microseconds(200)) { [request] _ in
      request
    }
    let idle = try StreamSwarm(ollama.port, count: 2000) { _ in [] }
    try await idle.wait { $0.connections == 2000 }
    let outcomes = try await slow.finish()
    #expect(outcomes.allSatisfy { $0.isComplete && $0.status == 200 })
    #expect(ollama.requests.allSatisfy { $0.json["model"] == "tinyllama" } && ollama.requests.count == 20)
    try await ollama.wait("only the idle ones are left") { $0.openConnections == 2000 }
    ollama.closeIdleConnections()
    #expect(try await idle.finish().allSatisfy { $0.ending == .closedBeforeHead(.finished) })
  }
}
