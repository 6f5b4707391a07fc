import System

/// What an operator is told of a store as it happens.
package enum StoreNote: Equatable, Sendable {
  /// It does not work any more, and why.
  case fails(StoreError)
  /// It works again, after so long.
  case worksAgain(after: Duration)
  /// It has more bytes than it may have: no turn begins.
  case isFull(bytes: Int, limit: Int)
  /// Turns begin again.
  case hasRoomAgain(bytes: Int)
  /// So many writes were given up: the store did not work until the end, or it is another gateway's.
  case gaveUp(writes: Int, StoreError?)
  /// It cannot be read, and why.
  case cannotRead(StoreError)
  /// It can be read again, after so long.
  case readsAgain(after: Duration)
  /// Some of its readers fail: the others read for them.
  case lacksReaders(StoreError)
  /// All of its readers work again.
  case hasReadersAgain
  /// Something that it has cannot be what was written.
  case isDamaged(StoreError)
}

/// Finds what is worth a note: a change, and each once. Without a clock, as ``StoreQueue``.
struct StoreChronicle {
  /// `store_max`; nil for no bound.
  let sizeLimit: Int?
  private var failsSince: MonotonicTime?
  private var isTaken = false
  private var isFull = false

  init(sizeLimit: Int?) { self.sizeLimit = sizeLimit }

  /// - Parameters:
  ///   - failure: why the last try failed; nil where it did not.
  ///   - bytes: what the store takes.
  mutating func notes(_ failure: StoreError?, bytes: Int, at now: MonotonicTime) -> [StoreNote] {
    var notes: [StoreNote] = []
    if let failure {
      // Another gateway may have come while it was away: then waiting is of no use any more.
      let isNews = failsSince == nil || (failure.kind == .taken && !isTaken)
      if isNews { notes.append(.fails(failure)) }
      isTaken = failure.kind == .taken
      failsSince = failsSince ?? now
    } else if let since = failsSince {
      (failsSince, isTaken) = (nil, false)
      notes.append(.worksAgain(after: now - since))
    }
    guard let sizeLimit else { return notes }
    if !isFull, bytes > sizeLimit {
      isFull = true
      notes.append(.isFull(bytes: bytes, limit: sizeLimit))
    } else if isFull, bytes <= sizeLimit - sizeLimit / 64 {
      // A little less, or each deletion and each turn at the bound would be told.
      isFull = false
      notes.append(.hasRoomAgain(bytes: bytes))
    }
    return notes
  }
}
