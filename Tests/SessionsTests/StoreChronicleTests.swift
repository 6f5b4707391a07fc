import System
import Testing

@testable import Sessions

/// What an operator is told of a store: each change once.
@Suite struct StoreChronicleTests {
  private let away = StoreError(.away, "away")
  private func at(_ seconds: Double) -> MonotonicTime {
    MonotonicTime(nanoseconds: 0) + .milliseconds(Int64(seconds * 1000))
  }

  @Test func aFailureIsToldOnceAndItsEnd() {
    var chronicle = StoreChronicle(sizeLimit: nil)
    #expect(chronicle.notes(nil, bytes: 1, at: at(0)).isEmpty)
    #expect(chronicle.notes(away, bytes: 1, at: at(1)) == [.fails(away)])
    #expect(
      chronicle.notes(StoreError(.full, "full"), bytes: 1, at: at(2)).isEmpty, "another reason, the same time"
    )
    #expect(chronicle.notes(nil, bytes: 1, at: at(4)) == [.worksAgain(after: .seconds(3))])
    #expect(chronicle.notes(nil, bytes: .max, at: at(5)).isEmpty, "without a bound none is too many")
  }

  @Test func aStoreThatAnotherHasTakenWhileItWasAwayIsToldAsThat() {
    var chronicle = StoreChronicle(sizeLimit: nil)
    let taken = StoreError(.taken, "taken")
    #expect(chronicle.notes(away, bytes: 0, at: at(1)) == [.fails(away)])
    #expect(chronicle.notes(taken, bytes: 0, at: at(1)) == [.fails(taken)])
    #expect(chronicle.notes(taken, bytes: 0, at: at(1)) == [])
  }

  @Test func aFullStoreIsToldOnceAndItsRoom() {
    var chronicle = StoreChronicle(sizeLimit: 6400)
    #expect(chronicle.notes(nil, bytes: 6400, at: at(0)).isEmpty)
    #expect(chronicle.notes(nil, bytes: 6401, at: at(0)) == [.isFull(bytes: 6401, limit: 6400)])
    #expect(chronicle.notes(nil, bytes: 6400, at: at(0)).isEmpty, "one deletion makes no room")
    #expect(chronicle.notes(nil, bytes: 6500, at: at(0)).isEmpty)
    #expect(chronicle.notes(nil, bytes: 6300, at: at(0)) == [.hasRoomAgain(bytes: 6300)])
  }

  @Test func statesByRefusals() {
    func state(_ kind: StoreError.Kind) -> StoreState { StoreState(.fails(StoreError(kind, "words"))) }
    #expect(StoreState(nil) == .ok)
    #expect(StoreState(.busy) == .busy && StoreState(.full(limit: 1)) == .full)
    #expect(state(.full) == .full && state(.readOnly) == .readOnly && state(.taken) == .taken)
    #expect(state(.away) == .failing && state(.corrupt) == .failing)
  }

  @Test func commitsFallIntoBuckets() {
    var figures = StoreFigures()
    figures.note(commitOf: 3, .microseconds(100), bytes: 10)
    figures.note(commitOf: 1, .seconds(100), bytes: 20)
    #expect(figures.commitCounts.first == 1 && figures.commitCounts.last == 1)
    #expect(figures.commitCounts.reduce(0, +) == 2)
    #expect(figures.writes == 4 && figures.bytes == 20)
    #expect(figures.commitSeconds > 100)
    #expect((figures.latency ?? 0) > 12 && (figures.latency ?? 0) < 13, "an eighth of the last")
  }
}
