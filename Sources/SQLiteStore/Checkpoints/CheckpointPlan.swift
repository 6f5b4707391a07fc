internal import System

/// When the write-ahead log is copied to the database, and when it is emptied. A value: it is told what has happened, and says what
/// to do.
struct CheckpointPlan {
  /// What to do.
  enum Action: Equatable {
    /// Copy what the log has, beside the writer.
    case copy
    /// Copy all while the writer waits, so that it begins the log anew.
    case copyAll
    /// Copy all, and empty the log.
    case empty
    /// Call ``look(at:)`` after this time.
    case look(after: Duration)
  }

  /// So many pages are worth a copy: 4 MiB.
  static let pages = 1000
  /// From here on the writer waits until all is copied: under a steady load it is always ahead of what is copied beside it, and the log
  /// would grow for ever: 32 MiB.
  static let mostPages = 8000
  /// A store that nobody has written to for so long is at rest.
  static let rest = Duration.seconds(60)
  /// A store that is never at rest has its log emptied after this time all the same, so that what was deleted is gone in an hour.
  static let longest = Duration.seconds(50 * 60)

  private var isCopying = false
  /// Of the log, when the last copy began.
  private var copiedPages = 0
  private var lastCommit: MonotonicTime?
  /// The first commit since the log was emptied.
  private var firstCommit: MonotonicTime?

  /// Something was committed.
  ///
  /// - Parameter logPages: how many the log has now.
  mutating func noteCommit(logPages: Int, at time: MonotonicTime) -> [Action] {
    var actions: [Action] = []
    lastCommit = time
    if firstCommit == nil {
      firstCommit = time
      actions.append(.look(after: Self.rest))
    }
    // A writer has begun it anew.
    if logPages < copiedPages { copiedPages = 0 }
    guard logPages - copiedPages >= Self.pages else { return actions }
    if logPages >= Self.mostPages {
      copiedPages = logPages
      actions.append(.copyAll)
    } else if !isCopying {
      (isCopying, copiedPages) = (true, logPages)
      actions.append(.copy)
    }
    return actions
  }

  /// A copy beside the writer has ended.
  mutating func noteCopied() { isCopying = false }

  /// The time for a look has come: asked for once only.
  mutating func look(at time: MonotonicTime) -> Action? {
    guard let firstCommit, let lastCommit else { return nil }
    let rested = time - lastCommit
    if rested >= Self.rest || time - firstCommit >= Self.longest { return .empty }
    return .look(after: min(Self.rest - rested, Self.longest - (time - firstCommit)))
  }

  /// Emptying the log has ended.
  ///
  /// - Parameter hasEmptied: false where others kept it from that.
  mutating func noteEmptied(_ hasEmptied: Bool) -> Action? {
    guard hasEmptied else { return .look(after: Self.rest) }
    (firstCommit, copiedPages) = (nil, 0)
    return nil
  }
}
