import System
import Testing

@testable import Sessions

/// Which reader reads, and what is told where one or all fail.
@Suite struct ReaderLanesTests {
  private let away = StoreError(.away, "away")
  private func at(_ seconds: Double) -> MonotonicTime {
    MonotonicTime(nanoseconds: 0) + .milliseconds(Int64(seconds * 1000))
  }

  @Test func theSecondIsNeededOnceTheFirstIsBusy() {
    var lanes = ReaderLanes(count: 2)
    #expect(lanes.begin(at: at(0)) == 0)
    #expect(lanes.didRead(0, at: at(0)) == [])
    #expect(lanes.begin(at: at(0)) == 0)
    #expect(lanes.begin(at: at(0)) == 1)
    #expect(lanes.begin(at: at(0)) == 0)
    #expect(lanes.didRead(1, at: at(0)) == [])
    #expect(lanes.begin(at: at(0)) == 1)
  }

  @Test func oneThatWorksReadsForOneThatFails() {
    var lanes = ReaderLanes(count: 2)
    #expect(lanes.begin(at: at(0)) == 0)
    #expect(lanes.didRead(0, at: at(0)) == [])
    #expect(lanes.begin(at: at(1)) == 0)
    #expect(lanes.begin(at: at(1)) == 1)
    let sequel = lanes.didFail(1, away, after: .milliseconds(100), isLast: false, at: at(1.1))
    #expect(sequel == ReaderLanes.Sequel(next: 0))
    #expect(lanes.failure == nil, "it is read yet")
    #expect(lanes.didRead(0, at: at(1.2)) == [])
    #expect(lanes.didRead(0, insteadOf: away, at: at(1.3)) == [.lacksReaders(away)])
    // For a while nobody is sent there.
    for _ in 1...3 { #expect(lanes.begin(at: at(6)) == 0) }
    for _ in 1...3 { #expect(lanes.didRead(0, at: at(6)) == []) }
    #expect(lanes.beginTrial(at: at(6)) == nil)
    #expect(lanes.beginTrial(at: at(6.1)) == 1)
    #expect(lanes.beginTrial(at: at(6.1)) == nil, "it is under way")
    lanes.didFailTrial(1, at: at(6.2))
    #expect(lanes.failure == nil)
    #expect(lanes.beginTrial(at: at(11.2)) == 1)
    #expect(lanes.didRead(1, at: at(11.3)) == [.hasReadersAgain])
    #expect(lanes.beginTrial(at: at(99)) == nil)
  }

  @Test func whereAllFailItIsToldOnceAndItsEnd() {
    var lanes = ReaderLanes(count: 2)
    for place in 0...1 {
      #expect(lanes.begin(at: at(0)) == place)
    }
    for place in 0...1 { #expect(lanes.didRead(place, at: at(0)) == []) }
    #expect(lanes.begin(at: at(1)) == 0)
    #expect(lanes.didFail(0, away, after: .zero, isLast: false, at: at(1)).next == 1)
    let last = lanes.didFail(1, away, after: .zero, isLast: true, at: at(2))
    #expect(last == ReaderLanes.Sequel(notes: [.cannotRead(away)]) && lanes.failure == away)
    #expect(lanes.begin(at: at(3)) == 0, "where all are shut it is tried all the same")
    #expect(lanes.didFail(0, away, after: .zero, isLast: false, at: at(3)) == ReaderLanes.Sequel())
    #expect(lanes.begin(at: at(4)) == 0)
    #expect(lanes.didRead(0, at: at(4)) == [.readsAgain(after: .seconds(2))])
    #expect(lanes.failure == nil)
  }

  @Test func oneThatIsUnderWayForTheFirstTimeMayWork() {
    var lanes = ReaderLanes(count: 2)
    for place in 0...1 { #expect(lanes.begin(at: at(0)) == place) }
    #expect(lanes.didFail(1, away, after: .zero, isLast: false, at: at(0)).next == 0)
    #expect(lanes.didRead(0, at: at(0)) == [])
    #expect(lanes.didRead(0, insteadOf: away, at: at(0)) == [.lacksReaders(away)])
  }

  @Test("A lane that has waited long for its server sends nobody to wait at another") func patience() {
    var lanes = ReaderLanes(count: 2)
    for place in 0...1 { #expect(lanes.begin(at: at(0)) == place) }
    for place in 0...1 { #expect(lanes.didRead(place, at: at(0)) == []) }
    #expect(lanes.begin(at: at(0)) == 0)
    #expect(
      lanes.didFail(0, away, after: .seconds(7), isLast: false, at: at(7))
        == ReaderLanes.Sequel(notes: [.cannotRead(away)]))
  }

  @Test("A damaged row is told once, and is no failure of the reader") func damage() {
    var lanes = ReaderLanes(count: 2)
    let damaged = StoreError(.corrupt, "a message that none can be")
    #expect(lanes.begin(at: at(0)) == 0)
    #expect(
      lanes.didFail(0, damaged, after: .zero, isLast: false, at: at(0))
        == ReaderLanes.Sequel(notes: [.isDamaged(damaged)]))
    #expect(lanes.begin(at: at(0)) == 0)
    #expect(lanes.didFail(0, damaged, after: .zero, isLast: false, at: at(0)) == ReaderLanes.Sequel())
    #expect(lanes.failure == nil && lanes.beginTrial(at: at(99)) == nil)
  }

  // MARK: With a store

  private func read(_ storage: SessionStorage) async -> Bool {
    (try? await storage.readers.read { reader throws(StoreError) in try reader.accessState() }) != nil
  }

  @Test func aStoreWithOneConnectionForReadersServesAll() async throws {
    let store = ScriptedStore()
    store.state.withLock { $0.readerLimit = 1 }
    let notes = Lock<[StoreNote]>([])
    let storage = try SessionStorage(store, timeout: .seconds(10)) { note in
      notes.withLock { $0.append(note) }
    }
    #expect(await read(storage))
    let reads = await withTaskGroup { group in
      for _ in 1...20 { group.addTask { await self.read(storage) } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(reads == [Bool](repeating: true, count: 20))
    #expect(notes.withLock { $0 } == [.lacksReaders(ScriptedStore.away)])
    #expect(storage.figures.state == .ok && !storage.figures.isFailing)
  }

  @Test func readsThatFailAreTheStoresState() async throws {
    let store = ScriptedStore()
    let notes = Lock<[StoreNote]>([])
    let storage = try SessionStorage(store, timeout: .seconds(10)) { note in
      notes.withLock { $0.append(note) }
    }
    store.state.withLock { $0.readsFail = true }
    for _ in 1...3 { #expect(await !read(storage)) }
    #expect(storage.figures.state == .failing && storage.figures.failure == ScriptedStore.away)
    store.state.withLock { $0.readsFail = false }
    #expect(await read(storage))
    #expect(storage.figures.state == .ok)
    let told = notes.withLock { $0 }
    #expect(told.count == 2 && told.first == .cannotRead(ScriptedStore.away))
    guard case .readsAgain = told.last else { return #expect(Bool(false), "\(told)") }
  }
}
