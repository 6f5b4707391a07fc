import Dispatch
internal import System

extension SessionRegistry {
  /// Generations are looked at this often while there are any: the grace is measured no finer, and needs no timer
  /// and no message for each listener that comes or goes.
  private var activeInterval: Duration { max(.milliseconds(10), min(.seconds(1), limits.grace / 2)) }

  /// How long a session stays in memory without being used.
  private var timeToLive: Duration {
    guard let storage else { return limits.timeToLive }
    return min(SessionRegistry.memoryTime, storage.timeToLive ?? SessionRegistry.memoryTime)
  }

  /// How long a generation goes on to which nobody has listened yet, at least: who has asked for it is on the way, however
  /// short the grace is.
  private static let arrivalTime = Duration.seconds(1)

  /// Drops what has grown too old, stops the generations that nobody listens to, and fails the turns that have waited for a
  /// listener. Runs by itself.
  func sweep() {
    let now = clock.monotonic()
    for session in Array(active.values) {
      sweepActivity(of: session, now: now)
      if !session.isGenerating { failUnheardTurns(of: session, now: now) }
      noteRest(of: session)
      if session.activity == nil && session.waiting.isEmpty { active[session.key] = nil }
    }
    while let oldest = resting.oldest, now - oldest.usedAt >= timeToLive, !oldest.isBusy {
      remove(oldest)
      // Where there is a store it leaves memory alone.
      if storage == nil { counts.expired += 1 }
    }
    checkpointIfDue(now)
  }

  /// Drops a generation that ended too long ago, and stops one that nobody listens to.
  func sweepActivity(of session: Session, now: MonotonicTime) {
    guard var activity = session.activity else { return }
    // Who has asked for it waits for the store.
    guard activity.standing != .awaitsStore else { return }
    if let endedAt = activity.endedAt {
      guard now - endedAt >= limits.retention else { return }
      session.activity = nil
      return
    }
    let audience = activity.generation.log.audience
    var grace = audience.attendance == 0 ? max(limits.grace, SessionRegistry.arrivalTime) : limits.grace
    // Others are not kept waiting for a generation that nobody hears.
    if session.waiting.contains(where: { mayBegin($0.request, in: session) }) {
      grace = min(grace, max(limits.patience, SessionRegistry.arrivalTime))
    }
    if audience.listeners > 0 || audience.attendance != activity.attendance {
      activity.attendance = audience.attendance
      activity.unattendedSince = now
      session.activity = activity
    } else if now - activity.unattendedSince >= grace {
      activity.generation.requestStop(.abandoned)
    }
  }
}

// MARK: - The timer

extension SessionRegistry {
  /// Sees to it that a sweep comes in time for whatever may grow old first.
  func scheduleSweep() {
    guard clock.isRealTime else { return }
    let now = clock.monotonic()
    // A busy session does not expire; the interval for active ones looks at it again.
    let expiry = resting.oldest.map { max($0.usedAt + timeToLive, now + activeInterval) }
    // Checkpoints that nobody needs any more are dropped by the next one.
    let isActive = !active.isEmpty || !checkpoints.isEmpty
    guard let deadline = isActive ? now + activeInterval : expiry else { return }
    if let sweepDeadline, sweepDeadline <= deadline { return }
    sweepDeadline = deadline
    let delay = DispatchTimeInterval.nanoseconds(Int((deadline - now).wholeNanoseconds))
    executor.queue.asyncAfter(deadline: .now() + delay) { [weak self] in
      self?.assumeIsolated { $0.sweepDue(at: deadline) }
    }
  }

  /// A timer that an earlier one has overtaken does nothing.
  private func sweepDue(at deadline: MonotonicTime) {
    guard sweepDeadline == deadline else { return }
    sweepDeadline = nil
    sweep()
    scheduleSweep()
  }
}
