import Access
import System
import Testing

@testable import Sessions

/// Sessions that are being deleted while something happens in them, and turns that the store has not taken.
@Suite struct LeavingSessionTests {
  private let store = ScriptedStore()

  private func start(
    timeout: Duration = .seconds(10), sessionsOfPrincipal: Int? = nil
  ) async throws -> SessionRegistry {
    let storage = try SessionStorage(store, timeout: timeout, sessionsOfPrincipal: sessionsOfPrincipal)
    _ = try await StoreRecovery.endInterrupted(in: storage)
    return SessionRegistry(limits: SessionLimits(), storage: storage)
  }

  private func request(_ message: String, replacesLastTurn: Bool = false) -> TurnRequest {
    TurnRequest(sessionID: id("s"), message: message, model: "m", replacesLastTurn: replacesLastTurn)
  }

  private func texts(_ registry: SessionRegistry, of session: String = "s") async throws -> [String] {
    try await registry.history(of: id(session), as: .loopback, limit: 100)?.messages.map(\.content) ?? []
  }

  private func settled(_ registry: SessionRegistry) async {
    await eventually { await registry.hasWrittenAll && registry.storage?.writer.figures.waiting == 0 }
  }

  private var runningGenerations: Int {
    store.state.withLock { state in state.rows.generations.values.count { $0.end == nil } }
  }

  @Test func anAnswerThatEndsWhileItsSessionIsDeletedEnds() async throws {
    let registry = try await start()
    let turn = try await registry.beginTurn(request("hello"))
    try await registry.acknowledge(turn)
    await settled(registry)
    store.hold()
    let deletion = Task { try await registry.delete(id("s"), as: .loopback) }
    await eventually { registry.storage?.writer.figures.waiting == 1 }
    turn.generation.log.append("world")
    await registry.finishTurn(turn, .completed)
    #expect(!turn.generation.log.hasEnded)
    store.release()
    _ = try await deletion.value
    await eventually { turn.generation.log.hasEnded }
    #expect(turn.generation.log.ending?.outcome == .cancelled)
    await settled(registry)
    #expect(store.state.withLock { $0.rows.sessions.isEmpty && $0.rows.messages.isEmpty })
  }

  @Test func whatIsRemovedWhileItsEndIsStoredEnds() async throws {
    let registry = try await start()
    let turn = try await registry.beginTurn(request("hello"))
    try await registry.acknowledge(turn)
    await settled(registry)
    store.hold()
    await registry.finishTurn(turn, .completed)
    let early = try await registry.beginTurn(TurnRequest(sessionID: id("other"), message: "q", model: "m"))
    await registry.finishTurn(early, .completed)
    for name in ["s", "other"] { await registry.removeFromMemory(id(name)) }
    #expect(turn.generation.log.ending?.outcome == .cancelled)
    #expect(early.generation.log.ending?.outcome == .cancelled)
    store.release()
    await settled(registry)
  }

  @Test func turnsThatWaitInASessionThatIsDeletedDoNotBegin() async throws {
    let registry = try await start()
    let turn = try await registry.beginTurn(request("hello"))
    try await registry.acknowledge(turn)
    let next = Task { try await registry.beginTurn(self.request("and then")) }
    await eventually { await registry.counts.waitingTurns == 1 }
    await settled(registry)
    store.hold()
    let deletion = Task { try await registry.delete(id("s"), as: .loopback) }
    await eventually { registry.storage?.writer.figures.waiting == 1 }
    await registry.finishTurn(turn, .completed)
    // Who comes now waits until it is gone, and begins a new one.
    let later = Task { try await registry.beginTurn(self.request("anew")) }
    store.release()
    _ = try await deletion.value
    await #expect(throws: TurnError.sessionDeleted) { try await next.value }
    let begun = try await later.value
    try await registry.acknowledge(begun)
    #expect(begun.message.number == 1 && begun.isFirstOfSession)
    #expect(try await texts(registry) == ["anew"])
    await registry.finishTurn(begun, .completed)
    await eventually { begun.generation.log.hasEnded }
    let again = try await start()
    #expect(try await texts(again) == ["anew", ""])
  }

  @Test func nothingBeginsInASessionWhoseDeletionComesLater() async throws {
    let registry = try await start(timeout: .milliseconds(200))
    try await registry.talk(id("s"), "secret", text: "told")
    await settled(registry)
    store.hold()
    await #expect(throws: SessionAccessError.store) { try await registry.delete(id("s"), as: .loopback) }
    await #expect(throws: TurnError.notStored) { try await registry.beginTurn(self.request("new")) }
    await #expect(throws: SessionAccessError.store) { try await registry.delete(id("s"), as: .loopback) }
    #expect(try await texts(registry) == ["secret", "told"], "it is there to be read")
    store.release()
    await eventually { await registry.counts.sessions == 0 }
    try await registry.talk(id("s"), "new", text: "one")
    await settled(registry)
    let again = try await start()
    #expect(try await texts(again) == ["new", "one"])
    #expect(await again.list(limit: 9).sessions.map(\.title) == ["new"])
  }

  @Test(arguments: [false, true])
  func aTurnThatWasRefusedLeavesNothing(isWritten: Bool) async throws {
    let registry = try await start(timeout: .milliseconds(200))
    try await registry.talk(id("s"), "first", text: "one")
    await settled(registry)
    var request = request("second", replacesLastTurn: true)
    request.idempotency = Idempotency("k", of: .loopback, digest: [1])
    // Held, so that nothing else finds out first that the store fails.
    store.hold()
    guard case .begun(let turn) = try await registry.joinOrBeginTurn(request) else { return }
    store.behave(isWritten ? .failsBehind : .fails(ScriptedStore.away))
    store.release()
    turn.generation.log.append("two")
    await registry.finishTurn(turn, .completed)
    await #expect(throws: TurnError.notStored) { try await registry.acknowledge(turn) }
    await eventually { turn.generation.log.hasEnded }
    store.behave(.works)
    await settled(registry)
    await eventually { registry.storage?.writer.refusal == nil }
    #expect(runningGenerations == 0)
    #expect(store.state.withLock { $0.rows.requests.isEmpty })
    #expect(try await texts(registry) == ["first", "one"])
    // The same key is a new try.
    guard case .begun(let second) = try await registry.joinOrBeginTurn(request) else {
      Issue.record("it has joined what is not there")
      return
    }
    second.generation.log.append("2")
    await registry.finishTurn(second, .completed)
    await eventually { second.generation.log.hasEnded }
    let again = try await start()
    let messages = try #require(await again.history(of: id("s"), limit: 9)).messages
    #expect(messages.map(\.content) == ["second", "2"] && messages.map(\.state) == [.whole, .whole])
  }

  /// A subcommand deletes it, and this process has not noticed yet.
  @Test(arguments: [false, true])
  func whatIsSaidInASessionThatAnotherProcessHasDeletedDoesNotBringItBack(isRunning: Bool) async throws {
    let registry = try await start()
    try await registry.talk(id("s"), "secret", text: "told")
    await settled(registry)
    var running: Turn?
    if isRunning {
      running = try await registry.beginTurn(request("running"))
      try await registry.acknowledge(try #require(running))
      await settled(registry)
    }
    store.state.withLock { state in
      state.rows.sessions.removeAll()
      state.rows.messages.removeAll()
      state.rows.generations.removeAll()
    }
    if let running {
      running.generation.log.append("more")
      await registry.finishTurn(running, .completed)
      await eventually { running.generation.log.hasEnded }
      #expect(running.generation.log.ending?.outcome == .cancelled)
    } else {
      let refused = try await registry.beginTurn(request("new"))
      await #expect(throws: TurnError.self) { try await registry.acknowledge(refused) }
      await registry.finishTurn(refused, .cancelled)
      #expect(refused.generation.log.hasEnded)
    }
    await settled(registry)
    #expect(store.state.withLock { $0.rows.sessions.isEmpty && $0.rows.generations.isEmpty })
    #expect(try await texts(registry).isEmpty)
    try await registry.talk(id("s"), "again", text: "yes")
    await settled(registry)
    #expect(try await texts(registry) == ["again", "yes"])
    #expect(await registry.list(limit: 9).sessions.map(\.messageCount) == [2])
  }

  @Test func recoveryDoesNotTouchAnotherMessageInItsPlace() throws {
    let session = StoredSession(
      key: StoreKey(stored: "s@loopback"), owner: "loopback", title: "t", titleNumber: 1, createdAt: .now,
      updatedAt: .now, messageCount: 2, lastNumber: 5, lastAuthor: "loopback")
    func message(_ place: Int, _ number: Int) -> StoredMessage {
      StoredMessage(
        place: place,
        message: Message(number: number, author: .user("u"), content: "q", timestamp: .now, state: .whole))
    }
    let loaded = LoadedSession(session: session, messages: [message(0, 4), message(1, 5)])
    func changes(place: Int, number: Int) -> [StoreChange] {
      StoreRecovery.changes(
        ending: StoredGeneration(
          id: "g", session: session.key, author: "loopback", model: "m", messagePlace: place,
          messageNumber: number,
          startedAt: .now), in: loaded, [])
    }
    func putsMessage(_ changes: [StoreChange]) -> Bool {
      changes.contains { if case .putMessage = $0 { true } else { false } }
    }
    #expect(putsMessage(changes(place: 1, number: 5)))
    for (place, number) in [(1, 3), (0, 1), (2, 5), (9, 9)] {
      #expect(!putsMessage(changes(place: place, number: number)), "\(place) \(number)")
    }
  }

  @Test func anImageBesideAFirstMessageThatIsRefusedMakesNoSession() async throws {
    let registry = try await start(timeout: .milliseconds(200))
    store.hold()
    let turn = try await registry.beginTurn(request("hello"))
    let digest = try #require(ImageDigest(bytes: [UInt8](repeating: 7, count: 32)))
    let image = SessionImage([1, 2, 3], digest: digest, mediaType: .png, hold: nil)
    let given = Task { try await registry.addImage(image, to: id("s"), as: .loopback) }
    await #expect(throws: TurnError.notStored) { try await registry.acknowledge(turn) }
    await registry.finishTurn(turn, .cancelled)
    store.release()
    _ = await given.result
    await settled(registry)
    #expect(store.state.withLock { $0.rows.sessions.isEmpty && $0.rows.images.isEmpty })
  }

  @Test func whoAsksForASessionThatIsDroppedWaitsUntilItIsGone() async throws {
    let before = try await start()
    for name in ["s", "new"] {
      try await before.talk(id(name), "old", text: "one")
      await settled(before)
    }
    let registry = try await start(sessionsOfPrincipal: 1)
    #expect(try await texts(registry, of: "new").count == 2)
    await settled(registry)
    store.hold()
    await registry.keepToShareOfOwner(of: id("new"))
    await eventually { await registry.gates[id("s")] != nil }
    let next = Task { try await registry.beginTurn(self.request("again")) }
    store.release()
    let begun = try await next.value
    try await registry.acknowledge(begun)
    #expect(begun.message.number == 1 && begun.context.isEmpty)
    #expect(store.state.withLock { $0.rows.history(of: "s@loopback").map(\.message.content) } == ["again"])
  }
}

extension SessionRegistry {
  /// Whether all sessions have heard of what they have written.
  fileprivate var hasWrittenAll: Bool { sessions.values.allSatisfy { $0.unwritten == 0 } }

  fileprivate func removeFromMemory(_ id: SessionID) {
    if let session = find(id, as: Principal.loopback.id) { remove(session) }
  }

  fileprivate func keepToShareOfOwner(of id: SessionID) {
    if let session = find(id, as: Principal.loopback.id) { keepToShare(of: session) }
  }
}
