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
  private let state = Lock<(plan: CheckpointPlan, emptyings: Int)>((CheckpointPlan(), 0))

  private let emptiesAtEnd: Bool

  /// - Parameter emptiesAtEnd: whether ``close()`` empties the log: the library does that as well, if nobody else has it open.
  init(_ connection: sending SQLiteConnection, emptiesAtEnd: Bool = true) {
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
      if emptiesAtEnd { _ = try? connection?.checkpoint(.truncate) }
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
    _ = try? connection?.checkpoint(.passive)
    state.withLock { $0.plan.noteCopied() }
  }

  private func copyAll() { _ = try? connection?.checkpoint(.restart) }

  private func look() {
    let time = MonotonicTime.now
    if let action = state.withLock({ $0.plan.look(at: time) }) { perform(action) }
  }

  private func empty() {
    guard let connection else { return }
    // Most of it without the writer's waiting.
    _ = try? connection.checkpoint(.passive)
    state.withLock { $0.emptyings += 1 }
    let hasEmptied = (try? connection.checkpoint(.truncate)) ?? false
    if let action = state.withLock({ $0.plan.noteEmptied(hasEmptied) }) { perform(action) }
  }
}
