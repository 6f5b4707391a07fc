import System

/// What waits to be written, without a clock, a queue or a store: writes go in, groups and outcomes come out.
///
/// One group is under way at a time. It holds all that waits, so that the more there is to do, the fewer commits each takes. A
/// group that fails with its store stays, and is tried again.
struct StoreQueue {
  /// The bounds.
  struct Limits {
    /// Writes that wait; beyond that nothing begins that can be refused.
    var writes = 1024
    /// Members of a group.
    var members = 512
    /// How long somebody waits for a write.
    var timeout = Duration.seconds(10)
    /// How long a write waits for company that may, and for how much.
    var gathering = Duration.milliseconds(10)
    var company = 16
    /// How long a write rests that may.
    var rest = Duration.milliseconds(50)
    /// Bytes of writes that nobody waits for any more.
    var lateBytes = 64 << 20
    /// Between two tries at a store that fails: the first and the longest.
    var firstPause = Duration.milliseconds(100)
    var longestPause = Duration.seconds(5)
  }

  /// What becomes of a write for which the store takes too long.
  enum Patience {
    /// It is taken back, by another write where it may have been done.
    case takesBack(by: StoreWrite)
    /// It is done later.
    case isDoneLater
    /// It is given up, like everything that there will soon be more of.
    case isGivenUp
  }

  /// What became of a write. After ``late`` comes another one.
  enum Outcome: Equatable {
    case written
    /// The store is well, and does not take it.
    case refused(StoreWriteError)
    /// It has taken too long, and is done later.
    case late
    /// It was not written, and will not be.
    case unavailable
  }

  /// Which write: they are counted.
  typealias Ticket = Int

  private struct Entry {
    let ticket: Ticket
    let write: StoreWrite
    let bytes: Int
    let patience: Patience
    /// When nobody waits any more; nil from then on.
    var deadline: MonotonicTime?
    /// Until when it may wait for company; nil where it may not.
    var gathersUntil: MonotonicTime?
    /// Whether it was part of a group that failed: it may be written, or not.
    var wasTried = false
    var isLate: Bool { deadline == nil }
    /// Whether nobody writes it again where it is given up, and nobody was told that it would be.
    var isOwed: Bool {
      guard case .isDoneLater = patience else { return false }
      return !write.changes.isEmpty
    }
  }

  let limits: Limits
  /// What may be withdrawn for a while, with the times until which it rests, in their order.
  private var resting: [(entry: Entry, until: MonotonicTime)] = []
  private var waiting: [Entry] = []
  private var underWay: [Entry] = []
  private(set) var isBusy = false
  private var lastTicket = 0
  private var lateBytes = 0
  private var pause: Duration
  /// Until when a store that has failed is left alone.
  private var retryAt: MonotonicTime?
  private(set) var failure: StoreError?

  init(limits: Limits = Limits()) {
    self.limits = limits
    pause = limits.firstPause
  }

  /// Writes that rest, wait or are under way.
  var count: Int { resting.count + waiting.count + underWay.count }

  /// Whether what can be refused is refused: there is too much to do, or the store fails.
  var isClosed: Bool { failure != nil || isFull }

  /// Whether as much waits as may.
  var isFull: Bool { count >= limits.writes }

  /// - Parameter gathers: whether it may wait a little for others that come, with which it costs less.
  mutating func submit(
    _ write: StoreWrite, bytes: Int, _ patience: Patience, gathers: Bool = false, at now: MonotonicTime
  ) -> Ticket {
    lastTicket += 1
    waiting.append(
      Entry(
        ticket: lastTicket, write: write, bytes: bytes, patience: patience, deadline: now + limits.timeout,
        gathersUntil: gathers ? now + limits.gathering : nil))
    return lastTicket
  }

  /// Puts a write aside, of which more may be known soon: who comes back by then withdraws it, and submits all of it as one.
  mutating func rest(_ write: StoreWrite, bytes: Int, _ patience: Patience, at now: MonotonicTime) -> Ticket {
    lastTicket += 1
    let entry = Entry(ticket: lastTicket, write: write, bytes: bytes, patience: patience)
    resting.append((entry, now + limits.rest))
    return lastTicket
  }

  /// Takes a write back that rests: nothing of it is done, and nothing told.
  ///
  /// - Returns: whether it has rested until now.
  mutating func withdraw(_ ticket: Ticket) -> Bool {
    guard let place = resting.firstIndex(where: { $0.entry.ticket == ticket }) else { return false }
    resting.remove(at: place)
    return true
  }

  /// A write waits from now on like the others, where it rests.
  mutating func rouse(_ ticket: Ticket, at now: MonotonicTime) {
    guard let place = resting.firstIndex(where: { $0.entry.ticket == ticket }) else { return }
    rouse(resting.remove(at: place).entry, at: now)
  }

  /// All that rests waits from now on.
  mutating func rouseAll(at now: MonotonicTime) {
    for (entry, _) in resting { rouse(entry, at: now) }
    resting = []
  }

  private mutating func rouseRested(at now: MonotonicTime) {
    let rested = resting.prefix { now >= $0.until }
    guard !rested.isEmpty else { return }
    for (entry, _) in rested { rouse(entry, at: now) }
    resting.removeFirst(rested.count)
  }

  private mutating func rouse(_ entry: Entry, at now: MonotonicTime) {
    var entry = entry
    entry.deadline = now + limits.timeout
    waiting.append(entry)
  }

  /// Until when all that waits may wait for company; nil where something may not, or there is enough of it.
  private var gathersUntil: MonotonicTime? {
    guard waiting.count < limits.company, waiting.allSatisfy({ $0.gathersUntil != nil }) else { return nil }
    return waiting.first?.gathersUntil
  }

  /// The group to be written now; nil where there is nothing to do. A store that has failed is asked by a group of none whether it is
  /// well, where nothing else waits.
  mutating func takeGroup(at now: MonotonicTime) -> [StoreWrite]? {
    guard !isBusy else { return nil }
    rouseRested(at: now)
    if failure != nil {
      guard let retryAt, now >= retryAt else { return nil }
    } else if waiting.isEmpty || gathersUntil.map({ now < $0 }) ?? false {
      return nil
    }
    isBusy = true
    underWay = Array(waiting.prefix(limits.members))
    waiting.removeFirst(underWay.count)
    return underWay.map(\.write)
  }

  /// The group was written, but for the members that have an error.
  mutating func didCommit(_ errors: [StoreWriteError?]) -> [(Ticket, Outcome)] {
    isBusy = false
    failure = nil
    retryAt = nil
    pause = limits.firstPause
    var outcomes: [(Ticket, Outcome)] = []
    var undone: [Entry] = []
    for (place, entry) in underWay.enumerated() {
      let error = place < errors.count ? errors[place] : nil
      if entry.isLate { lateBytes -= entry.bytes }
      if entry.isLate, case .takesBack(let undo) = entry.patience {
        if error == nil { undone.append(takeBack(entry, by: undo)) }
      } else if case .isGivenUp = entry.patience, entry.isLate {
        continue
      } else {
        outcomes.append((entry.ticket, error.map(Outcome.refused) ?? .written))
      }
    }
    underWay = []
    waiting.insert(contentsOf: undone, at: 0)
    return outcomes
  }

  /// The store has failed: whether the group was written is not known.
  mutating func didFail(_ error: StoreError, at now: MonotonicTime) {
    isBusy = false
    failure = error
    retryAt = now + pause
    pause = min(pause * 2, limits.longestPause)
    var again: [Entry] = []
    for var entry in underWay {
      entry.wasTried = true
      switch entry.patience {
      case .takesBack(let undo) where entry.isLate:
        lateBytes -= entry.bytes
        again.append(takeBack(entry, by: undo))
      case .isGivenUp where entry.isLate: lateBytes -= entry.bytes
      default: again.append(entry)
      }
    }
    underWay = []
    waiting.insert(contentsOf: again, at: 0)
  }

  /// The store has failed at something that was no group. A group that is under way will tell by itself.
  mutating func notice(_ error: StoreError, at now: MonotonicTime) {
    guard !isBusy, failure == nil else { return }
    failure = error
    retryAt = now + pause
    pause = min(pause * 2, limits.longestPause)
  }

  /// What has rested waits, and nobody waits any more for what has waited too long.
  mutating func expire(at now: MonotonicTime) -> [(Ticket, Outcome)] {
    rouseRested(at: now)
    var outcomes: [(Ticket, Outcome)] = []
    var kept: [Entry] = []
    for var entry in waiting {
      guard let deadline = entry.deadline, now >= deadline else {
        kept.append(entry)
        continue
      }
      entry.deadline = nil
      switch entry.patience {
      case .takesBack(let undo):
        outcomes.append((entry.ticket, .unavailable))
        if entry.wasTried { kept.append(takeBack(entry, by: undo)) }
      case .isGivenUp: outcomes.append((entry.ticket, .unavailable))
      case .isDoneLater:
        guard lateBytes + entry.bytes <= limits.lateBytes else {
          outcomes.append((entry.ticket, .unavailable))
          continue
        }
        lateBytes += entry.bytes
        outcomes.append((entry.ticket, .late))
        kept.append(entry)
      }
    }
    waiting = kept
    for place in underWay.indices {
      guard let deadline = underWay[place].deadline, now >= deadline else { continue }
      underWay[place].deadline = nil
      lateBytes += underWay[place].bytes
      if case .isDoneLater = underWay[place].patience {
        outcomes.append((underWay[place].ticket, .late))
      } else {
        outcomes.append((underWay[place].ticket, .unavailable))
      }
    }
    return outcomes
  }

  /// Gives up all that waits: the store is another's, or goes.
  mutating func giveUp() -> [(Ticket, Outcome)] {
    defer {
      (resting, waiting) = ([], [])
      lateBytes = 0
    }
    return (resting.map(\.entry) + waiting).map { ($0.ticket, .unavailable) }
  }

  /// How many of those that wait are lost where they are given up: answers, and what takes messages back.
  var owed: Int { resting.count { $0.entry.isOwed } + waiting.count { $0.isOwed } }

  /// When something is to be done: a time-out, or another try.
  var nextDeadline: MonotonicTime? {
    // In both the first have the first: all have the same time, and those that come again are put before the others.
    var deadlines = [underWay, waiting].compactMap { $0.lazy.compactMap(\.deadline).first }
    if !isBusy, let time = retryAt ?? gathersUntil { deadlines.append(time) }
    if let first = resting.first { deadlines.append(first.until) }
    return deadlines.min()
  }

  private func takeBack(_ entry: Entry, by undo: StoreWrite) -> Entry {
    Entry(ticket: 0, write: undo, bytes: 0, patience: .isDoneLater, deadline: nil)
  }
}
