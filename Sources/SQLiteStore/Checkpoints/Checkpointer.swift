internal import Dispatch
internal import Glibc
internal import Sessions
internal import System

/// Copies the write-ahead log to the database, on a connection and a queue of its own, so that commits do not wait for it.
///
/// `@unchecked Sendable`: the connection is touched on the queue only.
final class Checkpointer: @unchecked Sendable {
  private let queue = DispatchQueue(label: "store-checkpoints", qos: .utility)
  private var connection: SQLiteConnection?
  private let file: StoreFile
  private let mark: StoreMark
  private let state = Lock<(plan: CheckpointPlan, emptyings: Int)>((CheckpointPlan(), 0))

  private let emptiesAtEnd: Bool

  /// - Parameter emptiesAtEnd: whether ``close()`` empties the log: the library does that as well, if nobody else has it open.
  init(
    _ connection: sending SQLiteConnection, to file: StoreFile, emptiesAtEnd: Bool = true
  ) throws(SQLiteFailure) {
    mark = try StoreMark(connection)
    self.file = file
    self.connection = connection
    self.emptiesAtEnd = emptiesAtEnd
  }

  /// How often it has begun to empty the log, which looks like a change by others.
  var emptyings: Int { state.withLock { $0.emptyings } }

  /// A commit has been made, here or by another process. On the writer's queue, which waits here where the log is too long.
  ///
  /// - Parameter logPages: how many the log has now; 0 where that is not known.
  func noteCommit(logPages: Int) {
    let time = MonotonicTime.now
    for action in state.withLock({ $0.plan.noteCommit(logPages: logPages, at: time) }) { perform(action) }
  }

  /// Empties the log, and comes back when that is done.
  func emptyNow() { queue.sync { empty() } }

  /// Ends. No writer and no reader is there any more.
  func close() {
    queue.sync {
      // The library copies as well when the last connection is closed.
      if emptiesAtEnd, checkpoint(.truncate) == nil { connection?.leaveLog() }
      connection = nil
    }
  }

  private func perform(_ action: CheckpointPlan.Action) {
    switch action {
    case .copy: queue.async { [self] in copy() }
    case .copyAll: queue.sync { copyAll() }
    case .empty: queue.async { [self] in empty() }
    // Who ends meanwhile is not kept for it.
    case .look(let time):
      queue.asyncAfter(deadline: .now() + .milliseconds(Int(time.milliseconds))) { [weak self] in self?.look()
      }
    }
  }

  /// What a checkpoint cannot do now the next one does: a failure has no consequence but a longer log, and the writer meets the
  /// same one.
  private func copy() {
    checkpoint(.passive)
    state.withLock { $0.plan.noteCopied() }
  }

  private func copyAll() { checkpoint(.restart) }

  /// - Returns: nil where the file is not the store's any more, or it has failed.
  @discardableResult
  private func checkpoint(_ kind: SQLiteConnection.Checkpoint) -> Bool? {
    guard let connection else { return nil }
    return
      (try? file.copying(by: connection, mark) { () throws(SQLiteFailure) in try connection.checkpoint(kind) })
      ?? nil
  }

  private func look() {
    let time = MonotonicTime.now
    if let action = state.withLock({ $0.plan.look(at: time) }) { perform(action) }
  }

  private func empty() {
    guard connection != nil else { return }
    // Most of it without the writer's waiting.
    checkpoint(.passive)
    state.withLock { $0.emptyings += 1 }
    let hasEmptied = checkpoint(.truncate) ?? false
    if let action = state.withLock({ $0.plan.noteEmptied(hasEmptied) }) { perform(action) }
  }
}
