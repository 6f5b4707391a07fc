import System
import Testing

@testable import SQLiteStore

@Suite struct CheckpointPlanTests {
  private var plan = CheckpointPlan()

  private func at(_ seconds: Int) -> MonotonicTime { MonotonicTime(nanoseconds: 0) + .seconds(seconds) }

  @Test mutating func theFirstCommitIsLookedAtLater() {
    #expect(plan.look(at: at(0)) == nil)
    #expect(plan.noteCommit(logPages: 3, at: at(0)) == [.look(after: CheckpointPlan.rest)])
    #expect(plan.noteCommit(logPages: 6, at: at(1)) == [])
  }

  @Test mutating func aLongLogIsCopiedOnce() {
    _ = plan.noteCommit(logPages: 1, at: at(0))
    #expect(plan.noteCommit(logPages: CheckpointPlan.pages - 1, at: at(0)) == [])
    #expect(plan.noteCommit(logPages: CheckpointPlan.pages, at: at(0)) == [.copy])
    #expect(plan.noteCommit(logPages: 3 * CheckpointPlan.pages, at: at(0)) == [])
    plan.noteCopied()
    #expect(plan.noteCommit(logPages: 3 * CheckpointPlan.pages, at: at(0)) == [.copy])
    plan.noteCopied()
    // Only what is new since counts.
    #expect(plan.noteCommit(logPages: 4 * CheckpointPlan.pages - 1, at: at(0)) == [])
    // A writer has begun it anew.
    #expect(plan.noteCommit(logPages: 5, at: at(0)) == [])
    #expect(plan.noteCommit(logPages: CheckpointPlan.pages, at: at(0)) == [.copy])
  }

  @Test mutating func aLogThatGrowsForEverIsCopiedAsAWhole() {
    _ = plan.noteCommit(logPages: 1, at: at(0))
    // Also while it is copied beside the writer.
    #expect(plan.noteCommit(logPages: CheckpointPlan.pages, at: at(0)) == [.copy])
    let most = CheckpointPlan.mostPages
    #expect(plan.noteCommit(logPages: most, at: at(0)) == [.copyAll])
    // Readers have kept it from that: it is tried again, and not each time.
    #expect(plan.noteCommit(logPages: most + CheckpointPlan.pages - 1, at: at(0)) == [])
    #expect(plan.noteCommit(logPages: most + CheckpointPlan.pages, at: at(0)) == [.copyAll])
  }

  @Test mutating func aStoreAtRestHasItsLogEmptied() {
    _ = plan.noteCommit(logPages: 1, at: at(0))
    _ = plan.noteCommit(logPages: 2, at: at(40))
    #expect(plan.look(at: at(60)) == .look(after: .seconds(40)))
    #expect(plan.look(at: at(100)) == .empty)
    #expect(plan.noteEmptied(true) == nil)
    #expect(plan.look(at: at(200)) == nil)
    #expect(plan.noteCommit(logPages: 1, at: at(300)) == [.look(after: CheckpointPlan.rest)])
  }

  @Test mutating func whereOthersReadItIsTriedAgain() {
    _ = plan.noteCommit(logPages: 1, at: at(0))
    #expect(plan.look(at: at(60)) == .empty)
    #expect(plan.noteEmptied(false) == .look(after: CheckpointPlan.rest))
    #expect(plan.look(at: at(120)) == .empty)
  }

  @Test mutating func aStoreThatIsNeverAtRestHasItsLogEmptiedWithinAnHour() {
    var end: Int?
    _ = plan.noteCommit(logPages: 1, at: at(0))
    for second in 1..<3600 where end == nil {
      _ = plan.noteCommit(logPages: 1, at: at(second))
      if plan.look(at: at(second)) == .empty { end = second }
    }
    #expect(end == 3000)
  }

  @Test mutating func aClockAtTheEndOfTime() {
    let last = MonotonicTime(nanoseconds: .max)
    _ = plan.noteCommit(logPages: .max, at: MonotonicTime(nanoseconds: .min))
    #expect(plan.look(at: last) == .empty)
    _ = plan.noteCommit(logPages: 0, at: last)
    _ = plan.look(at: MonotonicTime(nanoseconds: .min))
  }
}
