import Access
import System
import Testing

@testable import Sessions

/// The writer before a store, with its queue and its figures.
@Suite struct StoreWriterTests {
  private let store = ScriptedStore()

  @Test func whatComesWhileOneIsUnderWayGoesTogether() async throws {
    let storage = try SessionStorage(store, timeout: .seconds(10))
    store.hold()
    for _ in 1...50 { storage.writer.submit(StoreWrite([]), .isDoneLater) }
    store.release()
    await eventually { storage.writer.figures.writes == 50 }
    #expect(store.state.withLock { $0.groups } == [1, 49])
    #expect(storage.writer.figures.waiting == 0 && storage.writer.figures.latency != nil)
  }

  /// Ends of turns whose beginnings were in one group: the first of them takes no commit of its own from the others.
  @Test func whatIsWrittenWhenAGroupIsDoneGoesTogether() async throws {
    let storage = try SessionStorage(store, timeout: .seconds(10))
    let writer = storage.writer
    store.hold()
    for _ in 0...8 {
      writer.submit(StoreWrite([]), .isDoneLater) { _ in writer.submit(StoreWrite([]), .isDoneLater) }
    }
    store.release()
    await eventually { writer.figures.writes == 18 }
    // The first went alone, and what followed it with the others; then what followed those.
    #expect(store.state.withLock { $0.groups } == [1, 9, 8])
  }

  @Test func moreThanMayWaitIsRefused() async throws {
    let storage = try SessionStorage(store, timeout: .seconds(10))
    store.hold()
    for _ in 1...1024 { storage.writer.submit(StoreWrite([]), .isDoneLater) }
    #expect(storage.writer.refusal == .busy)
    store.release()
    await eventually { storage.writer.refusal == nil }
  }

  @Test func aStoreThatHasTooMuchTakesDeletionsOnly() async throws {
    let storage = try SessionStorage(store, timeout: .seconds(10), sizeLimit: 1000)
    let registry = SessionRegistry(limits: SessionLimits(), storage: storage)
    try await registry.talk(id("s"))
    await eventually { store.state.withLock { $0.rows.history(of: "s@loopback").count == 2 } }
    store.state.withLock { $0.bytes = 1001 }
    storage.writer.submit(StoreWrite([]), .isDoneLater)
    await eventually { storage.writer.refusal == .full(limit: 1000) }
    await #expect(throws: TurnError.store(.full(limit: 1000))) {
      try await registry.beginTurn(TurnRequest(sessionID: id("s"), message: "q", model: "m"))
    }
    #expect(try await registry.history(of: id("s"), as: .loopback, limit: 9)?.total == 2)
    #expect(try await registry.clearHistory(of: id("s"), as: .loopback) == 2)
    #expect(try await registry.delete(id("s"), as: .loopback) == 0)
    store.state.withLock { $0.bytes = 10 }
    storage.writer.submit(StoreWrite([]), .isDoneLater)
    await eventually { storage.writer.refusal == nil }
  }

  @Test func whatAnotherGatewayHasTakenGetsNothingMore() async throws {
    let storage = try SessionStorage(store, timeout: .seconds(10))
    let taken = StoreError(.taken, "another has it")
    store.behave(.fails(taken))
    storage.writer.submit(StoreWrite([]), .isDoneLater)
    await eventually { storage.writer.refusal == .fails(taken) }
    store.behave(.works)
    await withCheckedContinuation { continuation in
      storage.writer.submit(StoreWrite([]), .isDoneLater) { outcome in
        #expect(outcome == .unavailable)
        continuation.resume()
      }
    }
    #expect(store.state.withLock { $0.groups.isEmpty })
  }

  private static let change = StoreWrite([
    .dropIdempotentRequests(expiredBy: Timestamp(millisecondsSince1970: 0))
  ])

  @Test(
    "What is given up at the end is counted: of checkpoints and of what was refused there is more, or none")
  func theEndIsTold() async throws {
    let notes = Lock<[StoreNote]>([])
    let storage = try SessionStorage(store, timeout: .seconds(10)) { note in
      notes.withLock { $0.append(note) }
    }
    store.behave(.fails(ScriptedStore.away))
    storage.writer.submit(Self.change, .isDoneLater)
    await eventually { storage.writer.figures.isFailing }
    storage.writer.submit(Self.change, .isDoneLater)
    storage.writer.submit(Self.change, .isGivenUp)
    storage.writer.submit(StoreWrite([]), .isDoneLater)
    storage.writer.submit(Self.change, .takesBack(by: Self.change))
    await storage.close(within: .zero)
    #expect(
      notes.withLock { $0 } == [.fails(ScriptedStore.away), .gaveUp(writes: 2, ScriptedStore.away)])
  }

  @Test("So is a group that is under way when the end comes, and fails") func theLastGroup() async throws {
    let notes = Lock<[StoreNote]>([])
    let storage = try SessionStorage(store, timeout: .seconds(10)) { note in
      notes.withLock { $0.append(note) }
    }
    store.hold()
    await withCheckedContinuation { continuation in
      storage.writer.submit(Self.change, .isDoneLater) { outcome in
        #expect(outcome == .unavailable)
        continuation.resume()
      }
      store.behave(.fails(ScriptedStore.away))
      Task {
        Task {
          await eventually { storage.writer.refusal != nil }
          store.release()
        }
        await storage.close(within: .zero)
      }
    }
    await eventually { notes.withLock { $0.last } == .gaveUp(writes: 1, ScriptedStore.away) }
  }

  @Test("A store that takes all has nothing to tell") func aGoodEnd() async throws {
    let notes = Lock<[StoreNote]>([])
    let storage = try SessionStorage(store, timeout: .seconds(10)) { note in
      notes.withLock { $0.append(note) }
    }
    for _ in 1...3 { storage.writer.submit(Self.change, .isDoneLater) }
    await storage.close(within: .seconds(60))
    #expect(notes.withLock { $0 } == [])
  }

  @Test func closingWaitsForWhatIsUnderWay() async throws {
    let storage = try SessionStorage(store, timeout: .seconds(10))
    store.hold()
    storage.writer.submit(StoreWrite([.putSession(Self.session)]), .isDoneLater)
    let closing = Task { await storage.close(within: .seconds(60)) }
    store.release()
    await closing.value
    #expect(store.state.withLock { $0.rows.sessions.count == 1 })
    #expect(storage.writer.refusal == .closed)
  }

  private static let session = StoredSession(
    key: "s", owner: "loopback", createdAt: .init(millisecondsSince1970: 0),
    updatedAt: .init(millisecondsSince1970: 0))
}
