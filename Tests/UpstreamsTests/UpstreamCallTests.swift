import Fleet
import EventLoop
import GatewayTesting
import HTTPClient
import JSON
import Logging
import System
import Testing

@testable import Upstreams

/// Calls from their lease to its return, at an Ollama that does what a script says.
@Suite struct UpstreamCallTests {
  /// Keeps what a call tells. On the client's loop.
  private final class Sink: UpstreamSink {
    var statuses: [Int] = []
    var content: [UInt8] = []
    var troubles: [String] = []
    var ends: [UpstreamFailure?] = []
    var onHead: ((UpstreamCall) -> Void)?

    func call(_ call: UpstreamCall, didReceive head: ResponseHead) {
      statuses.append(head.status)
      onHead?(call)
    }
    func call(_ call: UpstreamCall, didReceive bytes: UnsafeRawBufferPointer) -> TransferDemand {
      content += bytes
      return .proceed
    }
    func call(_ call: UpstreamCall, isTroubledBy reason: String) { troubles.append(reason) }
    func callDidEnd(_ call: UpstreamCall, failure: UpstreamFailure?) { ends.append(failure) }
  }

  /// Counts. On the client's loop.
  private final class Observer: UpstreamObserver {
    var heads = 0
    var errors: [TransferError] = []

    func noteUpstreamHead(after latency: Duration, of server: UpstreamServer?) { heads += 1 }
    func noteUpstreamWait(_ waited: Duration, in band: FleetBand) {}
    func noteUpstreamLoad(after time: Duration) {}
    func noteUpstreamError(_ error: TransferError, of server: UpstreamServer?) { errors.append(error) }
  }

  private struct Parts {
    let client: UpstreamClient
    let observer = Observer()
    let sink = Sink()

    init(loop: EventLoop, pool: UpstreamPool, warnings: UpstreamWarnings) {
      client = UpstreamClient(
        http: HTTPClient(loop: loop), pool: pool,
        timeouts: UpstreamTimeouts(connect: .seconds(60), firstByte: .seconds(60), idle: .seconds(60)),
        reader: JSONReader(maximumBytes: 1 << 20), observer: observer, warnings: warnings)
    }
  }

  private let pool: UpstreamPool
  private let loop: EventLoop
  private let log = RecordedLog()
  private let ollama: ScriptedOllama

  init() throws {
    ollama = try ScriptedOllama { OllamaResponses().script(for: $0) }
    pool = UpstreamPool([UpstreamServer(url: ollama.url)])
    loop = try EventLoop(name: "client")
  }

  private func withClient(_ body: (LoopBound<Parts>) async throws -> Void) async throws {
    let (loop, pool, log) = (loop, pool, log)
    let parts = await loop.run {
      LoopBound(
        Parts(loop: loop, pool: pool, warnings: UpstreamWarnings(logger: log.logger)), to: loop)
    }
    let outcome: Result<Void, any Error>
    do { outcome = .success(try await body(parts)) } catch { outcome = .failure(error) }
    await loop.run { parts.value.client.close() }
    loop.shutDown()
    ollama.stop()
    #expect(pool.callsInFlight == 0, "each lease was given back")
    try outcome.get()
  }

  private func start(
    _ parts: LoopBound<Parts>, _ path: String = "/api/tags", work: UpstreamWork = .read,
    onHead: (@Sendable (UpstreamCall) -> Void)? = nil
  ) async -> LoopBound<UpstreamCall> {
    let loop = loop
    return await loop.run {
      parts.value.sink.onHead = onHead
      return LoopBound(
        parts.value.client.start(UpstreamRequest("GET", path, work: work), sink: parts.value.sink), to: loop)
    }
  }

  private func waitForEnd(_ parts: LoopBound<Parts>) async throws {
    try await eventually("the call ends") { await loop.run { !parts.value.sink.ends.isEmpty } }
  }

  @Test func aResponseIsTold() async throws {
    try await withClient { parts in
      _ = await start(parts)
      try await waitForEnd(parts)
      #expect(pool.callsInFlight == 0)
      let sink = await loop.run { parts.value.sink.content }
      #expect(String(decoding: sink, as: UTF8.self).contains("tinyllama"))
      #expect(await loop.run { parts.value.sink.statuses } == [200])
      #expect(await loop.run { parts.value.sink.ends } == [nil])
      #expect(await loop.run { parts.value.observer.heads } == 1)
      #expect(await loop.run { parts.value.sink.troubles }.isEmpty && log.messages.isEmpty)
    }
  }

  @Test(arguments: [UpstreamWork.read, .check]) func whyItFailsIsCountedAndLogged(_ work: UpstreamWork)
    async throws
  {
    try await withClient { parts in
      ollama.respond { _ in .cutBeforeHead() }
      _ = await start(parts, work: work)
      try await waitForEnd(parts)
      let end = await loop.run { parts.value.sink.ends }
      guard case .transfer(.brokenOff(let detail))?? = end.first else {
        Issue.record("\(end)")
        return
      }
      let isSilent = work == .check
      #expect(await loop.run { parts.value.sink.troubles } == (isSilent ? [] : ["broken off: \(detail)"]))
      #expect(await loop.run { parts.value.observer.errors }.count == (isSilent ? 0 : 1))
      #expect(log.messages == (isSilent ? [] : ["Ollama \(ollama.url): broken off: \(detail)"]))
    }
  }

  @Test func anErrorOfTheServersIsLoggedWithoutItsWords() async throws {
    try await withClient { parts in
      ollama.respond { _ in .error(500, "somebody's prompt") }
      _ = await start(parts)
      try await waitForEnd(parts)
      #expect(await loop.run { parts.value.sink.troubles } == ["it answers with status 500"])
      #expect(log.messages == ["Ollama \(ollama.url): it answers with status 500"])
      #expect(await loop.run { parts.value.observer.errors }.isEmpty)
    }
  }

  @Test func aCallThatIsCancelledTellsNothingMore() async throws {
    try await withClient { parts in
      ollama.respond { _ in .silent }
      let call = await start(parts)
      try await ollama.wait("it is asked") { $0.requestCount == 1 }
      await loop.run {
        call.value.cancel()
        call.value.cancel()
      }
      #expect(pool.callsInFlight == 0)
      try await ollama.wait("the connection closes") { $0.openConnections == 0 }
      #expect(await loop.run { parts.value.sink.ends }.isEmpty)
    }
  }

  /// From inside of what it tells.
  @Test func whatHasComeMayBeEnough() async throws {
    try await withClient { parts in
      _ = await start(parts) { call in
        call.note(.nonsense)
        call.finish()
      }
      try await eventually("it has ended") { pool.callsInFlight == 0 }
      #expect(await loop.run { parts.value.sink.ends }.isEmpty)
      #expect(await loop.run { parts.value.sink.statuses } == [200])
      #expect(log.messages == ["Ollama \(ollama.url): its answer makes no sense"])
    }
  }

  @Test func aClientThatIsClosedGivesItsLeasesBack() async throws {
    try await withClient { parts in
      ollama.respond { _ in .silent }
      for _ in 0..<3 { _ = await start(parts) }
      #expect(pool.callsInFlight == 3)
      await loop.run { parts.value.client.close() }
      #expect(pool.callsInFlight == 0)
      #expect(await loop.run { parts.value.sink.ends }.isEmpty)
    }
  }

  @Test func aServerMayHaveAPathOfItsOwn() async throws {
    try await withClient { parts in
      let server = UpstreamServer(url: ollama.url + "/gpu/1")
      let servers = pool.use([server])
      await loop.run { parts.value.client.servers = servers }
      _ = await start(parts, "/api/tags?a=b")
      try await waitForEnd(parts)
      #expect(ollama.requests.last?.target == "/gpu/1/api/tags?a=b")
    }
  }

  /// A task that waits for several questions, one after the other, goes on when the first one was cancelled.
  @Test func aClosedClientMakesNoCall() async throws {
    let silent = try ScriptedOllama {
      $0.path == "/api/tags" ? [.silence] : OllamaResponses().script(for: $0)
    }
    let (loop, log) = (loop, log)
    let pool = UpstreamPool([UpstreamServer(url: silent.url)])
    let parts = await loop.run {
      LoopBound(
        Parts(loop: loop, pool: pool, warnings: UpstreamWarnings(logger: log.logger)), to: loop)
    }
    let looks = Lock(0)
    loop.execute {
      loop.startTask {
        _ = await parts.value.client.lookAtSoleServer()
        looks.withLock { $0 += 1 }
      }
    }
    try await silent.wait("it is asked for its models") { $0.requests.contains { $0.path == "/api/tags" } }
    await loop.run { parts.value.client.close() }
    try await eventually("the look is over") { looks.withLock { $0 } == 1 }
    let ends = await loop.run {
      let parts = parts.value
      _ = parts.client.start(UpstreamRequest("GET", "/api/version", work: .check), sink: parts.sink)
      _ = parts.client.start(
        UpstreamRequest("GET", "/api/version", work: .check), at: UpstreamServer(url: silent.url),
        sink: parts.sink)
      return parts.sink.ends.count
    }
    #expect(ends == 0)
    loop.shutDown()
    silent.stop()
    ollama.stop()
  }
}
