import EventLoop
import GatewayTesting
import HTTPClient
import JSON
import Testing

@testable import Upstreams

/// The record of an Ollama's health, which several loops ask.
@Suite struct UpstreamHealthTests {
  /// Lives on its loop.
  private actor Asker {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private let pool: UpstreamPool
    private var client: UpstreamClient?

    init(_ pool: UpstreamPool) throws {
      loop = try EventLoop(name: "client")
      self.pool = pool
    }

    func open() {
      client = UpstreamClient(
        http: HTTPClient(loop: loop), pool: pool,
        timeouts: UpstreamTimeouts(connect: .seconds(60), firstByte: nil, idle: nil),
        reader: JSONReader(maximumBytes: 1 << 20))
    }

    func health() async -> UpstreamHealth {
      guard let client else { preconditionFailure("it is open") }
      return await client.health()
    }

    func close() { client?.close() }
  }

  private let ollama: ScriptedOllama
  private let pool: UpstreamPool

  init() throws {
    ollama = try ScriptedOllama()
    pool = UpstreamPool([UpstreamServer(url: ollama.url)])
  }

  private func withAskers(_ body: ([Asker]) async throws -> Void) async throws {
    let askers = try (0..<2).map { _ in try Asker(pool) }
    for asker in askers { await asker.open() }
    let outcome: Result<Void, any Error>
    do { outcome = .success(try await body(askers)) } catch { outcome = .failure(error) }
    for asker in askers {
      await asker.close()
      asker.loop.shutDown()
    }
    ollama.stop()
    try outcome.get()
  }

  @Test("All who ask, on whichever loop, wait for one response") func oneQuestion() async throws {
    ollama.respond { [.gate("version")] + OllamaResponses(version: "0.33.0").script(for: $0) }
    try await withAskers { askers in
      let tasks = (0..<20).map { number in Task { await askers[number % 2].health() } }
      try await ollama.wait("it is asked") { $0.waiting(at: "version") == 1 }
      // One of those who wait leaves; perhaps it was his question.
      tasks[0].cancel()
      #expect(await tasks[0].value.failure != nil)
      ollama.open("version")
      for task in tasks.dropFirst() { #expect(await task.value.version == .success("0.33.0")) }
      #expect(ollama.requests.map(\.path) == ["/api/version"])
    }
  }

  @Test("A loop that ends leaves nobody waiting") func theLoopThatAsksEnds() async throws {
    ollama.respond { [.gate("version")] + OllamaResponses().script(for: $0) }
    try await withAskers { askers in
      let first = Task { await askers[0].health() }
      try await ollama.wait("it is asked") { $0.waiting(at: "version") == 1 }
      let second = Task { await askers[1].health() }
      await askers[0].close()
      #expect(await first.value.failure == .cancelled)
      // It was told so, or came then, and asked itself.
      ollama.open("version")
      _ = await second.value
      #expect(await askers[1].health().isUp)
    }
  }

  @Test(
    "What is no Ollama is not healthy",
    arguments: [
      Script.text("It works!"), .error(500, "broken"), .json("[]"), .cutBeforeHead(), .garbage,
    ])
  func noOllama(_ script: Script) async throws {
    ollama.respond { _ in script }
    try await withAskers { askers in
      let health = await askers[0].health()
      #expect(!health.isUp && health.failure != nil)
    }
  }
}
