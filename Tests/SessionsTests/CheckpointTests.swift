import Access
import System
import Testing

@testable import Sessions

/// What running generations have said is stored each second: in checkpoints, and then in rows.
@Suite struct CheckpointTests {
  private let store = ScriptedStore()
  private let manual = ManualClock()

  private func start(timeout: Duration = .seconds(10)) async throws -> SessionRegistry {
    let storage = try SessionStorage(store, timeout: timeout)
    _ = try await StoreRecovery.endInterrupted(in: storage)
    return SessionRegistry(limits: SessionLimits(), storage: storage, clock: manual.clock)
  }

  private func begin(_ name: String, _ registry: SessionRegistry) async throws -> Turn {
    let turn = try await registry.beginTurn(TurnRequest(sessionID: id(name), message: "q", model: "m"))
    try await registry.acknowledge(turn)
    return turn
  }

  /// A second goes by.
  private func tick(_ registry: SessionRegistry) async {
    manual.advance(by: .seconds(1))
    await registry.sweep()
    await eventually { await !registry.isCheckpointing }
  }

  private var checkpoints: [Int] { store.state.withLock { $0.rows.checkpoints.keys.sorted() } }

  private func rows(of turn: Turn) -> Int {
    store.state.withLock { $0.rows.parts[turn.generation.id]?.count ?? 0 }
  }

  private func texts(of turn: Turn) -> String {
    store.state.withLock { $0.rows.texts(of: turn.generation.id) }
  }

  @Test func aCheckpointHasAllThatRuns() async throws {
    let registry = try await start()
    let turns = [try await begin("a", registry), try await begin("b", registry)]
    for second in 0..<5 {
      for (number, turn) in turns.enumerated() { turn.generation.log.append("\(number)\(second) ") }
      await tick(registry)
    }
    #expect(checkpoints.count == 5)
    #expect(turns.map(texts) == ["00 01 02 03 04 ", "10 11 12 13 14 "])
    #expect(turns.map(rows) == [0, 0])
    // Nothing is new: nothing is written.
    let groups = store.state.withLock { $0.groups.count }
    await tick(registry)
    #expect(store.state.withLock { $0.groups.count } == groups)
  }

  @Test func whatRunsForLongGetsRows() async throws {
    let registry = try await start()
    let (long, late) = (try await begin("a", registry), try await begin("b", registry))
    var expected = ""
    for second in 0..<120 {
      long.generation.log.append("\(second) ")
      expected += "\(second) "
      if second == 100 { late.generation.log.append("late") }
      await tick(registry)
      #expect(texts(of: long) == expected)
      // The oldest is less than a minute old.
      #expect(checkpoints.count <= 48)
    }
    #expect((2...4).contains(rows(of: long)))
    #expect(rows(of: late) == 0 && texts(of: late) == "late")
    // The next process has all, once.
    let again = try await start()
    #expect(checkpoints.isEmpty)
    #expect(
      try await again.history(of: id("a"), as: .loopback, limit: 10)?.messages.last?.content == expected)
    #expect(try await again.history(of: id("b"), as: .loopback, limit: 10)?.messages.last?.content == "late")
  }

  /// One that says nothing more keeps no checkpoint from being dropped.
  @Test func oneThatStallsGetsARow() async throws {
    let registry = try await start()
    let (stalled, other) = (try await begin("a", registry), try await begin("b", registry))
    stalled.generation.log.append("a word")
    await tick(registry)
    for _ in 0..<60 { await tick(registry) }
    #expect(rows(of: stalled) == 1 && texts(of: stalled) == "a word")
    #expect(checkpoints.isEmpty)
    withExtendedLifetime(other) {}
  }

  @Test func manyWordsGoIntoRowsAtOnce() async throws {
    let registry = try await start()
    let turn = try await begin("a", registry)
    var expected = ""
    for number in 0..<40 {
      let text = String(repeating: "\(number % 10)", count: 5000)
      turn.generation.log.append(text)
      expected += text
      if number % 2 == 0 { await tick(registry) }
    }
    await tick(registry)
    #expect(texts(of: turn) == expected)
    #expect(rows(of: turn) >= 5)
    #expect(checkpoints.count <= 3)
  }

  @Test func theLastEndTakesTheCheckpointsAlong() async throws {
    let registry = try await start()
    let turns = [try await begin("a", registry), try await begin("b", registry)]
    for turn in turns { turn.generation.log.append("text") }
    await tick(registry)
    await registry.finishTurn(turns[0], .completed)
    await eventually { turns[0].generation.log.hasEnded }
    #expect(checkpoints.count == 1)
    await registry.finishTurn(turns[1], .completed)
    await eventually { turns[1].generation.log.hasEnded }
    #expect(checkpoints.isEmpty)
    await eventually { await registry.checkpoints.isEmpty }
    #expect(await registry.endingTurns == 0)
  }

  @Test func thoseThatEndTogetherDoSoToo() async throws {
    let registry = try await start()
    let turns = [try await begin("a", registry), try await begin("b", registry)]
    for turn in turns { turn.generation.log.append("text") }
    await tick(registry)
    store.hold()
    for turn in turns { await registry.finishTurn(turn, .completed) }
    // What ends is stored with its end.
    turns[0].generation.log.append("more")
    let groups = store.state.withLock { $0.groups.count }
    store.release()
    for turn in turns { await eventually { turn.generation.log.hasEnded } }
    #expect(store.state.withLock { $0.groups.count } > groups)
    #expect(checkpoints.isEmpty)
    #expect(await registry.endingTurns == 0)
  }

  @Test func aDeletedSessionIsInNone() async throws {
    let registry = try await start()
    let turn = try await begin("a", registry)
    turn.generation.log.append("a secret")
    await tick(registry)
    #expect(checkpoints.count == 1)
    #expect(try await registry.delete(id("a"), as: .loopback) == 1)
    await eventually { self.checkpoints.isEmpty }
    await registry.finishTurn(turn, .cancelled)
    #expect(await registry.endingTurns == 0)
    // While another one runs, its texts go with the checkpoint's age.
    let turns = [try await begin("b", registry), try await begin("c", registry)]
    for turn in turns { turn.generation.log.append("a secret") }
    await tick(registry)
    #expect(try await registry.delete(id("c"), as: .loopback) == 1)
    for _ in 0..<50 { await tick(registry) }
    #expect(checkpoints.isEmpty)
    #expect(texts(of: turns[0]) == "a secret")
  }

  /// Whether it was written is not known: it is told again, with what is new.
  @Test func aCommitOfUnknownOutcome() async throws {
    let registry = try await start(timeout: .milliseconds(100))
    let turn = try await begin("a", registry)
    turn.generation.log.append("one ")
    store.behave(.failsBehind)
    await tick(registry)
    #expect(texts(of: turn) == "one ")
    turn.generation.log.append("two ")
    await eventually { registry.storage?.writer.refusal != nil }
    await tick(registry)
    store.behave(.works)
    await eventually { registry.storage?.writer.refusal == nil }
    turn.generation.log.append("three ")
    await tick(registry)
    turn.generation.log.append("four")
    await tick(registry)
    #expect(texts(of: turn) == "one two three four")
    let again = try await start()
    #expect(
      try await again.history(of: id("a"), as: .loopback, limit: 10)?.messages.last?.content
        == "one two three four")
  }

  // MARK: Values

  @Test func rowsComeByAge() {
    var text = KeptText()
    text.begin(after: 0)
    text.appendNext([1], .content)
    for seed in [0, 5, 15, 16, 1_000_001] {
      var kept = KeptTexts()
      #expect(!kept.isDue(at: 1000, seed: seed))
      kept.note(text, inCheckpoint: 7)
      let due = (7...100).first { kept.isDue(at: $0, seed: seed) }
      #expect(due == 7 + 32 + seed % 16)
      kept.noteRow(text)
      #expect(kept.since == nil && kept.rows == 1 && kept.lastInRows == 1 && kept.last == 1)
      #expect(!kept.isDue(at: 1000, seed: seed))
    }
  }

  @Test func theOldestCheckpointsAreCountedTogether() {
    var held = HeldCheckpoints()
    #expect(held.isEmpty && !held.hasSome(before: 100))
    for number in 1...200 {
      #expect(held.next() == number)
      if number % 2 == 0 { held.note(bytes: 100_000) }
    }
    #expect(!held.isEmpty && held.hasSome(before: 3) && !held.hasSome(before: 2))
    #expect(!held.isFull)
    _ = held.next()
    held.note(bytes: 7 << 20)
    #expect(held.isFull)
    held.noteDropped(before: 201)
    #expect(!held.isEmpty && !held.isFull && held.last == 201)
    held.noteDropped(before: 202)
    #expect(held.isEmpty)
  }
}
