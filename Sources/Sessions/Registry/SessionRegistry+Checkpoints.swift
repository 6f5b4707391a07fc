import Dispatch
internal import System

// What running generations have said is stored each second, so that little is lost with the process.
extension SessionRegistry {
  func checkpointIfDue(_ now: MonotonicTime) {
    // The sweep comes each second, and now and then a little early.
    guard storage != nil, lastCheckpoint.map({ now - $0 >= .milliseconds(900) }) ?? true else { return }
    lastCheckpoint = now
    checkpoint()
  }

  /// Stores what is new since the last time, and drops what is not needed any more. One is under way at a time.
  func checkpoint() {
    guard let storage, !isCheckpointing else { return }
    let isFull = checkpoints.isFull
    var draft = CheckpointDraft(checkpoints.next(), hasRowsOnly: isFull)
    for session in active.values {
      guard let kept = session.activity?.keptTexts, let generation = session.activity?.generation else {
        continue
      }
      draft.take(generation, kept, of: session)
    }
    let oldestNeeded = draft.oldestNeeded
    let changes = draft.changes(drops: checkpoints.hasSome(before: oldestNeeded))
    guard !changes.isEmpty else { return }
    isCheckpointing = true
    checkpointSteps = draft.steps
    if draft.hasCheckpoint { checkpoints.note(bytes: draft.bytes) }
    storage.writer.submit(StoreWrite(changes), bytes: draft.bytes, .isGivenUp, gathers: hasCompany) {
      outcome in
      self.executor.queue.sync {
        self.assumeIsolated { $0.checkpointDidEnd(outcome, oldestNeeded: oldestNeeded) }
      }
    }
  }

  private func checkpointDidEnd(_ outcome: StoreQueue.Outcome, oldestNeeded: Int) {
    isCheckpointing = false
    let steps = checkpointSteps
    checkpointSteps = []
    guard outcome == .written else { return }
    checkpoints.noteDropped(before: oldestNeeded)
    for step in steps where step.session.activity?.generation === step.generation {
      step.session.activity?.kept = step.kept
    }
  }

  // MARK: The end of a turn

  /// From now on its texts are with its end, which is about to be stored.
  func beginEnding(of session: Session) {
    guard session.isGenerating, session.activity?.isEnding == false else { return }
    session.activity?.isEnding = true
    endingTurns += 1
  }

  /// What its end takes along where nothing else runs: all checkpoints, as nobody needs them.
  ///
  /// - Returns: the first that stays; nil where there are none, or others run.
  func firstAfterEnd() -> Int? {
    guard !checkpoints.isEmpty, counts.runningTurns == endingTurns else { return nil }
    return checkpoints.last + 1
  }
}
