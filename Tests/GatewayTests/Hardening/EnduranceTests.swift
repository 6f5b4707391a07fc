import GatewayTesting
import Glibc
import Testing

/// What many requests leave behind: nothing. On the program itself, as its own process.
///
/// With `GATEWAY_TESTS_FULL=1` in the environment: 100,000 requests and 10,000 broken-off streams.
@Suite struct EnduranceTests {
  private static let chat = #"{"model":"tinyllama","messages":[{"role":"user","content":"Hi"}]}"#
  private static let stream = TestClient.requestBytes("POST", "/api/chat", json: chat)
  private static let isFull = getenv("GATEWAY_TESTS_FULL") != nil
  /// Memory that a sanitizer keeps says nothing of the gateway's.
  private static let isSanitized = dlsym(nil, "__tsan_init") != nil || dlsym(nil, "__asan_init") != nil

  @Test func nothingIsLeftBehind() async throws {
    let ollama = try ScriptedOllama(recordLimit: 100)
    defer { ollama.stop() }
    let gateway = try await GatewayProcess.start(ollama: ollama.port)
    let atStart = gateway.descriptors
    let (requests, cuts) = Self.isFull ? (25_000, 2_500) : (1_500, 250)
    var memory: [Int] = []
    for round in 0..<4 {
      try await serve(requests, gateway.port)
      try await breakOff(cuts, UInt64(round), gateway.port)
      try await ollama.wait("every transfer has ended") { $0.inProgressCount == 0 }
      // What is left is what the gateway keeps open towards Ollama.
      try await eventually(
        "descriptors are back", state: { "\(gateway.descriptors), \(atStart), \(ollama.snapshot)" }
      ) {
        gateway.descriptors == atStart + ollama.snapshot.openConnections
      }
      memory.append(gateway.residentBytes)
    }
    if !Self.isSanitized {
      #expect(memory[3] - memory[0] < 4 << 20, "\(memory)")
    }
    #expect(ollama.snapshot.violations.isEmpty)
    #expect(try await gateway.stop() == 0)
  }

  /// Requests of every kind, on kept connections and on new ones.
  private func serve(_ count: Int, _ port: UInt16) async throws {
    let kinds = [
      Self.stream, TestClient.requestBytes("GET", "/api/tags"), TestClient.requestBytes("GET", "/health"),
      TestClient.requestBytes("GET", "/nowhere"),
      TestClient.requestBytes("POST", "/api/chat", json: "no JSON"),
      TestClient.requestBytes("POST", "/v1/chat/completions", json: Self.chat),
    ]
    for isReused in [true, false] {
      let swarm = try StreamSwarm(port, count: count / 2, concurrency: 30, reusesConnections: isReused) {
        kinds[$0 % kinds.count]
      }
      let outcomes = try await swarm.finish(within: .seconds(1200))
      let failed = outcomes.filter { !$0.isComplete }
      #expect(failed.isEmpty, "\(failed.prefix(3))")
    }
  }

  private func breakOff(_ count: Int, _ seed: UInt64, _ port: UInt16) async throws {
    let swarm = try StreamSwarm(
      port, count: count, concurrency: 50, cuts: .init(seed: seed, afterBytes: 0...1200)
    ) { _ in Self.stream }
    _ = try await swarm.finish(within: .seconds(1200))
  }

  /// Readers that stand still, and the memory of the process: far less than 1 MiB each.
  @Test func stuckReadersCostLittle() async throws {
    let ollama = try ScriptedOllama { _ in .endless }
    defer { ollama.stop() }
    let gateway = try await GatewayProcess.start(ollama: ollama.port)
    func stick(_ count: Int) async throws -> Int {
      let begun = ollama.snapshot.requestCount
      let swarm = try StreamSwarm(gateway.port, count: count, receiveBuffer: 4096, stalls: { _ in true }) {
        _ in
        Self.stream
      }
      defer { swarm.stop() }
      try await ollama.wait("the streams run") { $0.requestCount == begun + count }
      var before: [Int] = []
      // Until nothing moves any more.
      try await eventually("all are stuck") {
        let sent = ollama.snapshot.exchanges.map(\.bytesSent)
        defer { before = sent }
        for _ in 0..<20 { _ = try await TestClient.get(gateway.port, "/health") }
        return sent == before
      }
      return gateway.residentBytes
    }
    // Once to warm up.
    _ = try await stick(2)
    let before = gateway.residentBytes
    let after = try await stick(50)
    if !Self.isSanitized { #expect((after - before) / 50 < 1 << 20) }
    try await ollama.wait("all have ended") { $0.inProgressCount == 0 }
    #expect(try await gateway.stop() == 0)
  }

  /// A process without descriptors keeps what it has, refuses what it cannot do, and goes on once there are some.
  @Test func noDescriptorsLeft() async throws {
    let ollama = try ScriptedOllama()
    defer { ollama.stop() }
    let gateway = try await GatewayProcess.start(ollama: ollama.port, descriptors: 60)
    let kept = try await TestClient.connect(gateway.port)
    let health = try await kept.perform { try $0.get("/health").status }
    #expect(health == 200)
    let crowd = try StreamSwarm(gateway.port, count: 200) { _ in [] }
    try await crowd.wait("more are at the door than come in") { $0.connections == 200 }
    try await eventually("no descriptor is left") { gateway.descriptors >= 58 }
    // It sleeps between its looks at the door.
    let sleeps = gateway.sleeps
    try await eventually("the workers sleep") { gateway.sleeps >= sleeps + 10 }
    let (stillServed, relayed) = try await kept.perform { connection in
      (try connection.get("/health").status, try connection.get("/api/tags").status)
    }
    #expect(stillServed == 200)
    #expect(relayed == 200 || relayed == 502 || relayed == 503)
    crowd.stop()
    try await eventually("all is well again") {
      try await TestClient.get(gateway.port, "/api/tags").status == 200
    }
    #expect(gateway.errors.contains("no connections are accepted"))
    #expect(try await gateway.stop() == 0)
  }
}
