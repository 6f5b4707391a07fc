import System
import Testing

@testable import Sessions

/// What becomes of writes: without a store, and with a clock that is an argument.
@Suite struct StoreQueueTests {
  private static let start = MonotonicTime(nanoseconds: 0)
  private let away = StoreError(.away, "away")
  private let write = StoreWrite([])
  private let undo = StoreWrite([.deleteSession(StoreKey(stored: "undo"))])

  private func at(_ seconds: Double) -> MonotonicTime { Self.start + .milliseconds(Int64(seconds * 1000)) }

  private func isUndo(_ write: StoreWrite?) -> Bool {
    guard case .deleteSession(let key)? = write?.changes.first else { return false }
    return key.description == "undo"
  }

  @Test func whatComesMeanwhileGoesWithTheNext() throws {
    var queue = StoreQueue()
    #expect(queue.takeGroup(at: at(0)) == nil)
    let first = queue.submit(write, bytes: 1, .isDoneLater, at: at(0))
    #expect(queue.takeGroup(at: at(0))?.count == 1)
    let others = (1...3).map { _ in queue.submit(write, bytes: 1, .isDoneLater, at: at(0)) }
    #expect(queue.takeGroup(at: at(0)) == nil, "one at a time")
    #expect(queue.didCommit([nil]).map(\.0) == [first])
    #expect(queue.takeGroup(at: at(0))?.count == 3)
    let outcomes = queue.didCommit([nil, .sessionIsGone, nil])
    #expect(outcomes.map(\.0) == others)
    #expect(outcomes.map(\.1) == [.written, .refused(.sessionIsGone), .written])
    #expect(queue.count == 0 && queue.nextDeadline == nil)
  }

  @Test func whatMayWaitGoesWithOthersOrAfterAMoment() {
    var queue = StoreQueue()
    _ = queue.submit(write, bytes: 1, .isDoneLater, gathers: true, at: at(0))
    _ = queue.submit(write, bytes: 1, .isDoneLater, gathers: true, at: at(0.004))
    #expect(queue.takeGroup(at: at(0.009)) == nil && queue.nextDeadline == at(0.01))
    #expect(queue.takeGroup(at: at(0.01))?.count == 2)
    _ = queue.submit(write, bytes: 1, .isDoneLater, gathers: true, at: at(0.011))
    #expect(queue.nextDeadline == at(10), "one is under way")
    _ = queue.didCommit([nil, nil])
    #expect(queue.takeGroup(at: at(0.012)) == nil && queue.nextDeadline == at(0.021))
    // What does not wait takes it along.
    _ = queue.submit(write, bytes: 1, .isDoneLater, at: at(0.013))
    #expect(queue.takeGroup(at: at(0.013))?.count == 2)
    _ = queue.didCommit([nil, nil])
    // Enough for a group.
    for count in 1...16 {
      #expect(queue.takeGroup(at: at(0.02)) == nil)
      _ = queue.submit(write, bytes: 1, .isDoneLater, gathers: true, at: at(0.02))
      #expect(queue.count == count)
    }
    #expect(queue.takeGroup(at: at(0.02))?.count == 16)
    // What has failed does not wait for company, but for the store.
    queue.didFail(away, at: at(0.03))
    #expect(queue.nextDeadline == at(0.13))
    #expect(queue.takeGroup(at: at(0.13))?.count == 16)
  }

  @Test func whatRestsIsWithdrawnOrGoesAfterAMoment() {
    var queue = StoreQueue()
    let first = queue.rest(write, bytes: 1, .takesBack(by: undo), at: at(0))
    let second = queue.rest(write, bytes: 1, .takesBack(by: undo), at: at(0.01))
    let third = queue.rest(write, bytes: 1, .takesBack(by: undo), at: at(0.02))
    #expect(queue.count == 3 && queue.takeGroup(at: at(0.049)) == nil && queue.nextDeadline == at(0.05))
    let isWithdrawn = queue.withdraw(first)
    #expect(isWithdrawn && queue.count == 2 && queue.nextDeadline == at(0.06))
    let isWithdrawnAgain = queue.withdraw(first)
    #expect(!isWithdrawnAgain)
    // What does not rest leaves it where it is.
    let other = queue.submit(write, bytes: 1, .isDoneLater, at: at(0.03))
    #expect(queue.takeGroup(at: at(0.03))?.count == 1)
    #expect(queue.didCommit([nil]).map(\.0) == [other])
    queue.rouse(third, at: at(0.04))
    #expect(queue.takeGroup(at: at(0.04))?.count == 1)
    #expect(queue.didCommit([nil]).map(\.0) == [third])
    #expect(queue.takeGroup(at: at(0.06))?.count == 1)
    let isWithdrawnLate = queue.withdraw(second)
    #expect(!isWithdrawnLate, "it is under way")
    queue.rouse(second, at: at(0.06))
    #expect(queue.didCommit([nil]).map(\.0) == [second])
    #expect(queue.count == 0 && queue.nextDeadline == nil)
  }

  /// Nobody waits longer for it than for others, but for the time of its rest, whatever the store does meanwhile.
  @Test func whatRestsHasItsTimeOut() {
    for isHanging in [true, false] {
      var queue = StoreQueue()
      _ = queue.submit(write, bytes: 1, .isGivenUp, at: at(0))
      _ = queue.takeGroup(at: at(0))
      let rested = queue.rest(write, bytes: 1, .takesBack(by: undo), at: at(0.01))
      if !isHanging { queue.didFail(away, at: at(0.02)) }
      #expect(queue.nextDeadline == at(0.06))
      #expect(queue.expire(at: at(0.06)).isEmpty)
      let isWithdrawn = queue.withdraw(rested)
      #expect(!isWithdrawn)
      let outcomes = queue.expire(at: at(10.06))
      #expect(outcomes.contains { $0.0 == rested && $0.1 == .unavailable })
    }
    var queue = StoreQueue()
    let rested = queue.rest(write, bytes: 1, .takesBack(by: undo), at: at(0))
    #expect(queue.giveUp().map(\.0) == [rested])
    #expect(queue.count == 0 && queue.nextDeadline == nil)
    for _ in 1...3 { _ = queue.rest(write, bytes: 1, .isDoneLater, at: at(0)) }
    queue.rouseAll(at: at(0.001))
    #expect(queue.takeGroup(at: at(0.001))?.count == 3)
  }

  /// The next that is due is found, whatever is before it.
  @Test func theNextTimeOut() {
    var queue = StoreQueue()
    _ = queue.submit(write, bytes: 1, .takesBack(by: undo), at: at(0))
    _ = queue.submit(write, bytes: 1, .isDoneLater, at: at(1))
    _ = queue.takeGroup(at: at(1))
    _ = queue.submit(write, bytes: 1, .isDoneLater, at: at(2))
    #expect(queue.nextDeadline == at(10))
    queue.didFail(away, at: at(9.95))
    _ = queue.expire(at: at(10))
    #expect(queue.nextDeadline == at(10.05), "another try")
    _ = queue.takeGroup(at: at(10.1))
    #expect(queue.nextDeadline == at(11))
    _ = queue.expire(at: at(11))
    #expect(queue.nextDeadline == at(12))
  }

  @Test func whatFailsBesideAGroupIsAskedAgain() throws {
    var queue = StoreQueue()
    queue.notice(away, at: at(0))
    #expect(queue.isClosed && queue.failure == away)
    let next = try #require(queue.nextDeadline)
    #expect(queue.takeGroup(at: next)?.count == 0, "none: only whether it is well")
    queue.notice(StoreError(.full, "full"), at: next)
    #expect(queue.failure == away, "the group that is under way tells")
    _ = queue.didCommit([])
    #expect(!queue.isClosed && queue.nextDeadline == nil)
  }

  @Test func aGroupIsBounded() {
    var queue = StoreQueue()
    for _ in 1...1024 { _ = queue.submit(write, bytes: 0, .isDoneLater, at: at(0)) }
    #expect(queue.isClosed)
    #expect(queue.takeGroup(at: at(0))?.count == 512)
    #expect(queue.isClosed, "what is under way counts")
    _ = queue.didCommit(Array(repeating: nil, count: 512))
    #expect(!queue.isClosed)
  }

  @Test func aStoreThatFailsIsLeftAloneForAWhile() throws {
    var limits = StoreQueue.Limits()
    limits.timeout = .seconds(1000)
    var queue = StoreQueue(limits: limits)
    _ = queue.submit(write, bytes: 0, .isDoneLater, at: at(0))
    var now = at(0)
    var pauses: [Duration] = []
    for _ in 1...8 {
      #expect(queue.takeGroup(at: now)?.count == 1)
      queue.didFail(away, at: now)
      #expect(queue.isClosed)
      let next = try #require(queue.nextDeadline)
      pauses.append(next - now)
      #expect(queue.takeGroup(at: now) == nil)
      now = next
    }
    #expect(pauses.map(\.milliseconds) == [100, 200, 400, 800, 1600, 3200, 5000, 5000])
  }

  @Test func whereNothingWaitsTheStoreIsAskedWhetherItIsWell() {
    var queue = StoreQueue()
    _ = queue.submit(write, bytes: 0, .isGivenUp, at: at(0))
    _ = queue.takeGroup(at: at(0))
    _ = queue.expire(at: at(10))
    queue.didFail(away, at: at(10))
    #expect(queue.count == 0)
    #expect(queue.takeGroup(at: at(11))?.isEmpty == true)
    #expect(queue.didCommit([]).isEmpty)
    #expect(!queue.isClosed && queue.takeGroup(at: at(12)) == nil)
  }

  @Test func aTurnThatWasNeverTriedIsDropped() {
    var queue = StoreQueue()
    _ = queue.submit(write, bytes: 0, .isDoneLater, at: at(0))
    _ = queue.takeGroup(at: at(0))
    let turn = queue.submit(write, bytes: 9, .takesBack(by: undo), at: at(1))
    #expect(queue.expire(at: at(10.9)).map(\.1) == [.late], "only the first has waited that long")
    let outcomes = queue.expire(at: at(11))
    #expect(outcomes.map(\.0) == [turn] && outcomes.map(\.1) == [.unavailable])
    _ = queue.didCommit([nil])
    #expect(queue.count == 0)
  }

  @Test func aTurnThatWasTriedIsTakenBack() {
    var queue = StoreQueue()
    _ = queue.submit(write, bytes: 9, .takesBack(by: undo), at: at(0))
    _ = queue.takeGroup(at: at(0))
    queue.didFail(away, at: at(1))
    #expect(queue.expire(at: at(10)).map(\.1) == [.unavailable])
    let group = queue.takeGroup(at: at(10))
    #expect(group?.count == 1 && isUndo(group?.first))
    #expect(queue.didCommit([nil]).map(\.0) == [0], "nobody waits for it")
  }

  @Test func aTurnThatIsCommittedTooLateIsTakenBackAtOnce() {
    var queue = StoreQueue()
    _ = queue.submit(write, bytes: 9, .takesBack(by: undo), at: at(0))
    _ = queue.takeGroup(at: at(0))
    #expect(queue.expire(at: at(10)).map(\.1) == [.unavailable])
    _ = queue.submit(write, bytes: 0, .isDoneLater, at: at(10))
    #expect(queue.didCommit([nil]).isEmpty)
    let group = queue.takeGroup(at: at(10))
    #expect(group?.count == 2 && isUndo(group?.first), "before what comes behind it")
  }

  @Test func anAnswerIsWrittenLater() {
    var queue = StoreQueue()
    let answer = queue.submit(write, bytes: 9, .isDoneLater, at: at(0))
    _ = queue.takeGroup(at: at(0))
    queue.didFail(away, at: at(1))
    #expect(queue.expire(at: at(10)).map(\.1) == [.late])
    #expect(queue.expire(at: at(100)).isEmpty, "it is said once")
    #expect(queue.takeGroup(at: at(100))?.count == 1)
    let outcomes = queue.didCommit([nil])
    #expect(outcomes.map(\.0) == [answer] && outcomes.map(\.1) == [.written])
  }

  @Test func whatNobodyWaitsForHasABound() {
    var limits = StoreQueue.Limits()
    limits.lateBytes = 100
    var queue = StoreQueue(limits: limits)
    for _ in 1...3 { _ = queue.submit(write, bytes: 50, .isDoneLater, at: at(0)) }
    #expect(queue.expire(at: at(10)).map(\.1) == [.late, .late, .unavailable])
    #expect(queue.count == 2)
    _ = queue.takeGroup(at: at(10))
    _ = queue.didCommit([nil, nil])
    _ = queue.submit(write, bytes: 100, .isDoneLater, at: at(20))
    #expect(queue.expire(at: at(30)).map(\.1) == [.late], "there is room again")
  }

  @Test func aStoreOfAnotherGetsNothing() {
    var queue = StoreQueue()
    _ = queue.submit(write, bytes: 0, .isDoneLater, at: at(0))
    #expect(queue.giveUp().map(\.1) == [.unavailable])
    #expect(queue.takeGroup(at: at(0)) == nil)
  }
}
