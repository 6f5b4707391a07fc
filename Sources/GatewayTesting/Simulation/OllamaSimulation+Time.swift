internal import System

extension OllamaSimulation {
  /// What a test holds back, so that it can look at the state in between.
  public struct Holds: Sendable, Equatable {
    /// Loads do not come to an end.
    public var loads = false
    /// Prompts are not evaluated to their end.
    public var prompts = false
    /// Each generation stops after so many tokens; nil: none does.
    public var tokens: Int?
    /// Pulls stop after their first line of progress.
    public var pulls = false
  }

  /// What happens by itself.
  enum Occasion {
    case loaded
    case slot(runner: Int, slot: Int)
    case expired(runner: Int)
    case pull(Int)
  }

  /// The first of what happens by itself.
  var nextOccasion: (time: MonotonicTime, what: Occasion)? {
    var first: (time: MonotonicTime, what: Occasion)?
    func consider(_ time: MonotonicTime, _ what: Occasion) {
      let time = max(time, clock)
      if first.map({ time < $0.time }) ?? true { first = (time, what) }
    }
    if let loading, !holds.loads { consider(loading.due, .loaded) }
    for (index, runner) in runners.enumerated() {
      for case (let slot, let occupant?) in runner.slots.enumerated() where !isHeld(occupant) {
        consider(occupant.due, .slot(runner: index, slot: slot))
      }
      if runner.isIdle, runner.keepAlive != .forever { consider(runner.expiry, .expired(runner: index)) }
    }
    for (index, pull) in pulls.enumerated() where !(holds.pulls && pull.step > 1) {
      consider(pull.due, .pull(index))
    }
    return first
  }

  private func isHeld(_ occupant: Occupant) -> Bool {
    if occupant.promptEnd == nil { return holds.prompts }
    return holds.tokens.map { occupant.tokens >= $0 } ?? false
  }

  /// Lets everything happen that is due.
  mutating func run(to now: MonotonicTime) {
    while let next = nextOccasion, next.time <= now {
      clock = next.time
      switch next.what {
      case .loaded: loadEnded()
      case .slot(let runner, let slot): slotIsDue(runner, slot)
      case .expired(let runner):
        unload(runner, .expired)
        schedule()
      case .pull(let index): stepPull(index)
      }
    }
    clock = max(clock, now)
  }
}
