import Access
import EventLoop
import System
import Testing

@testable import Sessions

/// Turns in one piece: nobody is told of them before their end, with which their begin is stored where that comes soon.
@Suite struct WholeTurnTests {
  private let store = ScriptedStore()

  private func start(
    rest: Duration = .seconds(60), timeout: Duration = .seconds(10)
  ) async throws -> SessionRegistry {
    let storage = try SessionStorage(store, timeout: timeout, rest: rest)
    _ = try await StoreRecovery.endInterrupted(in: storage)
    return SessionRegistry(limits: SessionLimits(), storage: storage)
  }

  private func request(_ message: String = "hello", replacesLastTurn: Bool = false) -> TurnRequest {
    TurnRequest(
      sessionID: id("s"), message: message, model: "m", replacesLastTurn: replacesLastTurn, isStreamed: false)
  }

  private func talk(_ registry: SessionRegistry, _ message: String, text: String) async throws {
    let turn = try await registry.beginTurn(request(message))
    turn.generation.log.append(text)
    await registry.finishTurn(turn, .completed)
    try await registry.acknowledge(turn)
  }

  private var stored: [String] {
    store.state.withLock { $0.rows.history(of: "s@loopback").map(\.message.content) }
  }

  private func states(_ registry: SessionRegistry) async throws -> [Message.State]? {
    try await registry.history(of: id("s"), as: .loopback, limit: 9)?.messages.map(\.state)
  }

  @Test func beginAndEndAreOneWrite() async throws {
    let registry = try await start()
    let turn = try await registry.beginTurn(request())
    #expect(turn.awaitsStore && stored.isEmpty)
    turn.generation.log.append("world")
    await registry.finishTurn(turn, .completed)
    try await registry.acknowledge(turn)
    #expect(stored == ["hello", "world"], "what is acknowledged is stored")
    await eventually { turn.generation.log.hasEnded }
    #expect(turn.generation.log.ending?.outcome == .completed)
    #expect(store.state.withLock { $0.groupsOfTurns } == 1)
    let generation = store.state.withLock { $0.rows.generations[turn.generation.id] }
    #expect(generation?.end?.state == .completed && generation?.end?.answerPlace == 1)
    #expect(await registry.history(of: id("s"), limit: 9)?.messages.map(\.isPending) == [false, false])
    // The next one finds all of it, and so does another process.
    try await talk(registry, "more", text: "of it")
    #expect(store.state.withLock { $0.groupsOfTurns } == 2)
    let again = try await start()
    #expect(
      await again.history(of: id("s"), limit: 9)?.messages.map(\.content) == [
        "hello", "world", "more", "of it",
      ])
    #expect(await again.list(limit: 9).sessions.map(\.messageCount) == [4])
  }

  @Test func nothingOfItIsThereWhereTheProcessEndsFirst() async throws {
    let registry = try await start()
    let turn = try await registry.beginTurn(request())
    turn.generation.log.append("wor")
    let again = try await start()
    #expect(await again.list(limit: 9).total == 0)
    withExtendedLifetime((registry, turn)) {}
  }

  @Test func aLongerAnswerHasItsBeginStoredBeforeIt() async throws {
    let registry = try await start(rest: .milliseconds(1))
    let turn = try await registry.beginTurn(request())
    try await registry.acknowledge(turn)
    #expect(stored == ["hello"])
    turn.generation.log.append("world")
    await registry.finishTurn(turn, .completed)
    await eventually { turn.generation.log.hasEnded }
    #expect(stored == ["hello", "world"])
    #expect(store.state.withLock { $0.groupsOfTurns } == 2)
  }

  /// What somebody may be told of is stored first.
  @Test(arguments: ["generation", "list", "listener", "deletion", "clearing", "close"])
  func whoAsksForItDoesNotWait(_ what: String) async throws {
    let registry = try await start()
    let loop = try EventLoop(name: "test")
    defer { loop.shutDown() }
    let turn = try await registry.beginTurn(request())
    switch what {
    case "generation": #expect(await registry.generation(of: id("s")) === turn.generation)
    case "list": #expect(await registry.list(limit: 9).total == 1)
    case "listener":
      let joined = try await registry.join(id("s"), SessionListener(on: loop) { _ in })
      #expect(joined.generation === turn.generation)
    case "deletion":
      #expect(try await registry.delete(id("s"), as: .loopback) == 1)
      #expect(stored.isEmpty)
      return
    case "clearing":
      #expect(try await registry.clearHistory(of: id("s"), as: .loopback) == 0)
    default: await registry.storage?.close(within: .seconds(10))
    }
    #expect(stored == ["hello"])
  }

  @Test func oneThatIsHeardOrToldByAKeyDoesNotRest() async throws {
    let registry = try await start()
    let loop = try EventLoop(name: "test")
    defer { loop.shutDown() }
    let told = Lock<[String]>([])
    let joined = try await registry.join(
      id("s"), SessionListener(on: loop) { generation in told.withLock { $0.append(generation.id) } })
    let heard = try await registry.beginTurn(request())
    await eventually { told.withLock { $0 } == [heard.generation.id] }
    #expect(stored == ["hello"])
    withExtendedLifetime(joined) {}
    var keyed = TurnRequest(sessionID: id("other"), message: "hello", model: "m", isStreamed: false)
    keyed.idempotency = Idempotency("k", of: .loopback, digest: [1])
    guard case .begun(let turn) = try await registry.joinOrBeginTurn(keyed) else { return }
    try await registry.acknowledge(turn)
    #expect(store.state.withLock { $0.rows.sessions.count } == 2)
  }

  @Test func aTurnThatFailsIsMarked() async throws {
    let registry = try await start()
    let turn = try await registry.beginTurn(request())
    await registry.finishTurn(turn, .failed(code: "bad_gateway", message: "broken"))
    try await registry.acknowledge(turn)
    #expect(store.state.withLock { $0.rows.history(of: "s@loopback").map(\.message.state) } == [.failed])
    #expect(store.state.withLock { $0.groupsOfTurns } == 1)
    #expect(try await states(registry) == [.failed])
    await eventually { turn.generation.log.hasEnded }
  }

  @Test func oneThatCannotBeStoredIsNoTurn() async throws {
    let registry = try await start(timeout: .milliseconds(200))
    try await talk(registry, "first", text: "one")
    let turn = try await registry.beginTurn(request("second", replacesLastTurn: true))
    store.behave(.fails(ScriptedStore.away))
    turn.generation.log.append("two")
    await registry.finishTurn(turn, .completed)
    await #expect(throws: TurnError.notStored) { try await registry.acknowledge(turn) }
    await eventually { turn.generation.log.hasEnded }
    let texts = try await registry.history(of: id("s"), as: .loopback, limit: 9)?.messages.map(\.content)
    #expect(texts == ["first", "one"], "what it would have replaced is there again")
    store.behave(.works)
    await eventually { registry.storage?.writer.refusal == nil }
    #expect(stored == ["first", "one"])
    try await talk(registry, "third", text: "three")
    #expect(stored == ["first", "one", "third", "three"])
  }

  @Test func oneOfUnknownOutcomeIsTakenBackOrRepeated() async throws {
    let registry = try await start(timeout: .milliseconds(300))
    let turn = try await registry.beginTurn(request())
    store.behave(.failsBehind)
    turn.generation.log.append("world")
    await registry.finishTurn(turn, .completed)
    await #expect(throws: TurnError.notStored) { try await registry.acknowledge(turn) }
    store.behave(.works)
    await eventually { self.store.state.withLock { $0.rows.sessions.isEmpty } }
    await eventually { registry.storage?.writer.refusal == nil }
    let second = try await start()
    let later = try await second.beginTurn(request("again"))
    store.behave(.failsBehind)
    later.generation.log.append("there")
    await second.finishTurn(later, .completed)
    await eventually { self.stored == ["again", "there"] }
    store.behave(.works)
    try await second.acknowledge(later)
    #expect(stored == ["again", "there"])
  }

  @Test func theNextTurnOfTheSessionFollowsIt() async throws {
    let registry = try await start()
    let first = try await registry.beginTurn(request("one"))
    let next = Task { try await registry.beginTurn(request("two")) }
    await eventually { await registry.counts.waitingTurns == 1 }
    first.generation.log.append("1")
    await registry.finishTurn(first, .completed)
    let second = try await next.value
    #expect(second.context.map(\.content) == ["one", "1"])
    await registry.finishTurn(second, .cancelled)
    try await registry.acknowledge(second)
    #expect(stored == ["one", "1", "two"])
  }
}
