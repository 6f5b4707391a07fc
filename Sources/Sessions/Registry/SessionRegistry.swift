import Access
import Budgets
import Dispatch
internal import System

/// Every session, on a Dispatch serial queue of its own: who owns it, what was said, the generation in flight, who
/// waits.
///
/// It is asked when a client joins, when a turn begins and ends, and for lists. Tokens do not pass here: they go from
/// the worker that makes them through the generation's ``EventLog`` to its subscribers.
public actor SessionRegistry {
  /// The bounds, which hold from start to end.
  public nonisolated let limits: SessionLimits

  /// What keeps the sessions beyond the process; nil where nothing does. Then a session that leaves this table is gone.
  nonisolated let storage: SessionStorage?

  nonisolated let executor = DispatchQueueExecutor(label: "sessions")
  let clock: SessionClock

  var sessions: [SessionKey: Session] = [:]
  /// The sessions that are not busy: see ``noteRest(of:)``.
  var resting = RecencyList(\.links)
  /// The sessions of each client that is bounded.
  var shares: [ObjectIdentifier: RecencyList] = [:]
  /// Of each owner those in which something was said: the others are in no list, as who only looks in has begun nothing.
  var owners: [Principal.ID: OwnedSessions] = [:]
  /// The sessions that have a generation, running or kept for late readers, or turns that wait: what the sweep looks
  /// through.
  var active: [SessionKey: Session] = [:]

  /// Sessions that are being loaded or deleted, by their ids, with those who wait for that.
  var gates: [SessionID: [CheckedContinuation<Void, Never>]] = [:]
  /// What was asked for by a key, and the keys by their age.
  var idempotentTurns: [IdempotencyKey: IdempotentTurn] = [:]
  var idempotencyOrder: [IdempotencyKey] = []
  /// When the texts of running generations were last stored.
  var lastCheckpoint: MonotonicTime?
  /// Whether they are being stored, and what the store has then.
  var isCheckpointing = false
  var checkpointSteps: [CheckpointDraft.Step] = []
  var checkpoints = HeldCheckpoints()
  /// Of the turns that count as running those whose end is being stored.
  var endingTurns = 0

  /// Whether the store may have orders by which sessions change hands, and whether they are being carried out.
  var mayHaveAdoptions = true
  var isCarryingOut = false
  /// What the orders are about that were found, by their numbers.
  var adoptionSpans: [Int: AdoptionSpan] = [:]
  /// Whose sessions are being given by who waits for it.
  var handingOver: Set<Principal.ID> = []

  /// Those whose membership has ended with their session's owner, until they have left.
  var endedMembers: Set<SessionListener.ID> = []
  /// Who has joined, by session: kept apart from the sessions, as these come and go under the same name.
  var audiences: [SessionKey: Audience] = [:]

  /// On the queue; whoever else wants to know reads what was published last.
  var counts = SessionCounts() {
    didSet { publishedCounts.withLock { $0 = counts } }
  }
  private let publishedCounts = Lock(SessionCounts())
  var isDraining = false
  private var useTimes = UseTimes()
  /// For sessions of addresses, and for all.
  var addressRetention: RetentionClock
  var retention: RetentionClock?
  private var lastSerial = 0
  private var lastTicket = 0
  /// When the sweep is due that is under way in Dispatch.
  var sweepDeadline: MonotonicTime?

  /// - Parameters:
  ///   - limits: with room for one session and one message at least.
  ///   - storage: what keeps the sessions beyond the process.
  ///   - clock: what its times are read from.
  package init(limits: SessionLimits, storage: SessionStorage?, clock: SessionClock = .system) {
    precondition(limits.sessions > 0 && limits.sessionMessages > 0, "a registry must have room")
    self.limits = limits
    self.storage = storage
    self.clock = clock
    let (now, monotonic) = (clock.timestamp(), clock.monotonic())
    addressRetention = RetentionClock(keepingFor: SessionRegistry.addressTime, at: now, monotonic)
    retention = storage?.timeToLive.map { RetentionClock(keepingFor: $0, at: now, monotonic) }
  }

  /// The same without a store.
  public init(limits: SessionLimits, clock: SessionClock = .system) {
    self.init(limits: limits, storage: nil, clock: clock)
  }

  /// The registry's own serial queue.
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  /// Figures of now. Nobody waits for the queue: they are among the signs of life of the whole process.
  public nonisolated var currentCounts: SessionCounts { publishedCounts.withLock { $0 } }

  /// The time of something that is done in a session now.
  func useTime() -> Timestamp { useTimes.next(at: clock.timestamp()) }

  func nextTicket() -> Int {
    lastTicket += 1
    return lastTicket
  }

  func nextSerial() -> Int {
    lastSerial += 1
    return lastSerial
  }
}

// MARK: - The table

extension SessionRegistry {
  /// The session that a principal means by this id, or a new one with the id or a random one.
  func openSession(
    _ id: SessionID?, for principal: Principal, account: ClientAccount?
  ) throws(TurnError) -> (session: Session, isNew: Bool) {
    if let id, let session = try? session(id, for: principal) { return (session, false) }
    // What a store keeps takes no memory of anybody's share.
    let share = storage == nil ? try takeShare(of: account) : nil
    if sessions.count >= limits.sessions {
      guard evictOldestIdle() else { throw .tooManySessions(limit: limits.sessions) }
    }
    let (key, owner) = place(for: id, of: principal)
    let session = Session(
      key: key, serial: nextSerial(), owner: owner, timestamp: useTime(), now: clock.monotonic())
    sessions[key] = session
    noteRest(of: session)
    session.share = share
    enterShare(of: session)
    counts.sessions += 1
    scheduleSweep()
    return (session, true)
  }

  /// Notes that a session was used now.
  func touch(_ session: Session) {
    // An earlier process may have had a clock that was ahead.
    session.updatedAt = max(session.updatedAt, useTime())
    session.usedAt = clock.monotonic()
    if session.isResting { resting.touch(session) }
    touchShare(of: session)
    enlist(session)
  }

  /// Puts a session at the latest end of its owner's list, once it was used.
  func enlist(_ session: Session) {
    // Of what is stored the store has the lists.
    guard session.wasUsed, storage == nil else { return }
    owners[session.owner, default: OwnedSessions()].touch(session)
  }

  /// Drops the session that was not used for the longest time and is not busy. False when all are.
  func evictOldestIdle(except kept: Session? = nil) -> Bool {
    var candidate = resting.oldest
    // One that has just become busy may still be there.
    while let session = candidate {
      if !session.isBusy && session !== kept {
        remove(session)
        counts.evicted += 1
        return true
      }
      candidate = session.links.newer
    }
    return false
  }

  /// A session has become busy, or is so no longer. Busy ones are kept apart, so that nobody who looks for one to drop goes
  /// through thousands of them. To be busy is to be used.
  func noteRest(of session: Session) {
    // One that has left the table is in no list.
    guard session.isBusy == session.isResting, sessions[session.key] === session else { return }
    session.isResting.toggle()
    if session.isResting {
      session.usedAt = clock.monotonic()
      resting.append(session)
    } else {
      resting.remove(session)
    }
  }

  /// Takes a session out of the table. Its generation is stopped, and turns that wait in it fail.
  func remove(_ session: Session) {
    if session.isResting { resting.remove(session) }
    session.isResting = false
    leaveShare(of: session)
    disown(session)
    sessions[session.key] = nil
    active[session.key] = nil
    counts.sessions -= 1
    counts.bytes -= session.bytes
    noteEnd(of: session)
    if let activity = session.activity {
      activity.generation.requestStop(.sessionDeleted)
      // Nobody ends it any more who is over, and whose end was about to be stored.
      if activity.isEnding || activity.early != nil { _ = activity.generation.end(.cancelled, at: useTime()) }
    }
    resumeAcknowledgements(of: session, isTaken: false)
    let waiting = session.waiting
    session.waiting = []
    counts.waitingTurns -= waiting.count
    for waiter in waiting { waiter.continuation.resume(returning: .failure(.sessionDeleted)) }
  }

  /// A turn does not count as running any more, if one did.
  func noteEnd(of session: Session) {
    guard session.isGenerating else { return }
    counts.runningTurns -= 1
    if session.activity?.isEnding == true { endingTurns -= 1 }
  }

  func disown(_ session: Session) {
    owners[session.owner]?.remove(session)
    if owners[session.owner]?.count == 0 { owners[session.owner] = nil }
  }

  /// Changes a session's messages, keeps the sum of all bytes right, and makes room if there are too many.
  func change<Result>(_ session: Session, _ body: (Session) -> Result) -> Result {
    let before = session.bytes
    let result = body(session)
    session.trim(to: limits, isStored: storage != nil)
    counts.bytes += session.bytes - before
    while counts.bytes > limits.totalBytes, evictOldestIdle(except: session) {}
    return result
  }
}
