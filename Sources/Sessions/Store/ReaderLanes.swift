import System

/// Which of a store's readers reads next, and what an operator is to know of them, without a clock or a store. Each reader has a lane.
///
/// One reader may fail where another works: a server may have no connection left. Then that one reads for both.
struct ReaderLanes {
  private struct Lane {
    /// How many wait for it or are in it.
    var load = 0
    /// Whether it has done what it was asked last.
    var works = false
    /// It has failed: it is left alone until then.
    var shutUntil: MonotonicTime?
  }

  /// What becomes of a read that a lane has failed.
  struct Sequel: Equatable {
    /// The lane that may do it.
    var next: Int?
    var notes: [StoreNote] = []
  }

  /// How long a lane is left alone that has failed.
  static let pause = Duration.seconds(5)
  /// A lane that has taken so long to fail has waited for a server that says nothing: the others would wait as long. To connect takes as
  /// long at most, where nobody has said more.
  static let patience = Duration.seconds(3)

  private var lanes: [Lane]
  /// Why the last read failed; nil where it did not.
  private(set) var failure: StoreError?
  private var failsSince: MonotonicTime?
  /// Whether it was told that some readers do not work.
  private var isShort = false
  /// What was told last of rows that are damaged.
  private var damage: StoreError?

  /// - Parameter count: of readers, at least one.
  init(count: Int) { lanes = [Lane](repeating: Lane(), count: max(1, count)) }

  /// The lane for a read: that for which the fewest wait. A reader takes memory: it is made once the ones before it are busy.
  mutating func begin(at now: MonotonicTime) -> Int {
    let open = lanes.indices.filter { lanes[$0].shutUntil.map { now >= $0 } ?? true }
    let place = (open.isEmpty ? Array(lanes.indices) : open).min { lanes[$0].load < lanes[$1].load } ?? 0
    lanes[place].load += 1
    return place
  }

  /// A lane that has failed and is to be tried, whether anybody reads or not; nil where there is none.
  mutating func beginTrial(at now: MonotonicTime) -> Int? {
    guard let place = lanes.firstIndex(where: { $0.load == 0 && $0.shutUntil.map { now >= $0 } ?? false })
    else { return nil }
    lanes[place].load += 1
    return place
  }

  /// - Parameter error: why another lane has not done it; nil where this is the first.
  mutating func didRead(_ place: Int, insteadOf error: StoreError? = nil, at now: MonotonicTime)
    -> [StoreNote]
  {
    lanes[place].load -= 1
    lanes[place].works = true
    lanes[place].shutUntil = nil
    var notes: [StoreNote] = []
    if let since = failsSince {
      (failsSince, failure) = (nil, nil)
      notes.append(.readsAgain(after: now - since))
    }
    if let error, !isShort {
      isShort = true
      notes.append(.lacksReaders(error))
    } else if isShort, lanes.allSatisfy({ $0.shutUntil == nil }) {
      isShort = false
      notes.append(.hasReadersAgain)
    }
    return notes
  }

  /// - Parameters:
  ///   - took: how long it has, without what it waited for its turn.
  ///   - isLast: whether no other lane is to try it.
  mutating func didFail(
    _ place: Int, _ error: StoreError, after took: Duration, isLast: Bool, at now: MonotonicTime
  ) -> Sequel {
    lanes[place].load -= 1
    // One row may be so, and everything else be well.
    if error.kind == .corrupt {
      defer { damage = error }
      return Sequel(notes: damage == error ? [] : [.isDamaged(error)])
    }
    lanes[place].works = false
    lanes[place].shutUntil = now + ReaderLanes.pause
    // One that is under way for the first time may work.
    let others = lanes.indices.filter {
      lanes[$0].shutUntil == nil && (lanes[$0].works || lanes[$0].load > 0)
    }
    if !isLast, took < ReaderLanes.patience,
      let next = others.min(by: { lanes[$0].load < lanes[$1].load })
    {
      lanes[next].load += 1
      return Sequel(next: next)
    }
    failure = error
    guard failsSince == nil else { return Sequel() }
    failsSince = now
    return Sequel(notes: [.cannotRead(error)])
  }

  /// A trial has failed: nobody has waited for it.
  mutating func didFailTrial(_ place: Int, at now: MonotonicTime) {
    lanes[place].load -= 1
    lanes[place].shutUntil = now + ReaderLanes.pause
  }
}
