import Access
public import Budgets
import Dispatch

extension SessionRegistry {
  /// Takes a message into its session, made if it is not known, as soon as the turns before it are over: those of one
  /// session run one after the other, in the order of arrival. Cancelling the caller's task gives the place up.
  ///
  /// The turn of a listener (``TurnRequest/origin``) does not begin while nobody listens to its session, and others do not
  /// wait for it then. When that has lasted for the grace it fails as cancelled, and its message stands marked in the
  /// history.
  ///
  /// - Parameter account: on which a session counts that is made; nil for a client without a bound.
  public func beginTurn(
    _ request: TurnRequest, account: ClientAccount? = nil
  ) async throws(TurnError) -> Turn {
    if isDraining { throw .draining }
    var request = request
    request.account = account
    if let storage {
      if let refusal = storage.refusal { throw .store(refusal) }
      try await loadStaying(request.sessionID, for: request.principal, images: request.images)
      // It may have waited for that.
      if isDraining { throw .draining }
      if Task.isCancelled { throw .cancelled }
    }
    // What was asked for before it heard of that would wait for somebody to listen.
    if let origin = request.origin, endedMembers.contains(origin) { throw .sessionDeleted }
    let (session, isNew) = try openSession(request.sessionID, for: request.principal, account: account)
    if !session.isGenerating && mayBegin(request, in: session) {
      guard mayReplace(request, in: session) else { throw .notOwner }
      return start(try bound(request, to: session), in: session, isNew: isNew)
    }
    guard session.waiting.count < limits.waitingTurns else { throw .queueFull(limit: limits.waitingTurns) }
    let hold = try hold(request, for: account)
    let bound = try bound(request, to: session)
    request.onWait?()
    let turn = try await wait(for: bound, in: session).get()
    withExtendedLifetime(hold) {}
    guard !Task.isCancelled else {
      // The place came and the client left at the same moment: nobody will run this turn.
      finishTurn(turn, .cancelled)
      throw .cancelled
    }
    return turn
  }

  /// The request with the images that it names: they are there until its turn has come and gone.
  private func bound(_ request: TurnRequest, to session: Session) throws(TurnError) -> TurnRequest {
    guard !request.images.isEmpty else { return request }
    let images = try resolve(request.images, in: session)
    use(images, in: session)
    var request = request
    request.images = images.map(TurnImage.given)
    return request
  }

  /// Counts what a message holds while it waits.
  private func hold(_ request: TurnRequest, for account: ClientAccount?) throws(TurnError) -> MemoryHold? {
    guard let memory = limits.memory else { return nil }
    do throws(MemoryRefusal) {
      return try MemoryHold(request.message.utf8.count + request.attachedBytes, of: memory, for: account)
    } catch {
      throw .noMemory(error)
    }
  }

  /// Ends a turn: the model's message goes into the history (what there is of it, when the turn was cancelled), then the
  /// generation's listeners get the end, and the session's next turn begins. A turn without one leaves the
  /// user's message marked as failed.
  ///
  /// A second call changes nothing, and neither does one for a session that was deleted, but that the listeners
  /// get their end. When the log has its end already, that counts instead of `outcome`.
  public func finishTurn(_ turn: Turn, _ outcome: GenerationOutcome) {
    let generation = turn.generation
    guard let session = sessions[turn.sessionKey], session.serial == turn.sessionSerial,
      session.activity?.generation === generation, session.isGenerating
    else {
      _ = generation.end(outcome, at: useTime())
      return
    }
    let outcome = generation.log.ending?.outcome ?? outcome
    guard let storage else {
      append(outcome, of: turn, in: session)
      return conclude(outcome, in: session)
    }
    switch session.activity?.standing {
    case .awaitsStore:
      if !storeWhole(outcome, of: turn, in: session, storage) { session.activity?.early = (turn, outcome) }
    case .refused: conclude(.notTaken, in: session)
    case .taken, nil: storeEnd(outcome, of: turn, in: session, storage)
    }
  }

  /// The generation's listeners get its end, and the next turn begins.
  func conclude(_ outcome: GenerationOutcome, in session: Session) {
    guard session.isGenerating, let generation = session.activity?.generation else { return }
    noteEnd(of: session)
    session.activity?.endedAt = clock.monotonic()
    forgetIfFailed(outcome, in: session)
    // After the history, where a listener may look next; before the next turn, which may have the same listeners.
    _ = generation.end(outcome, at: session.updatedAt)
    startNext(in: session)
    noteRest(of: session)
  }

  /// Refuses turns from now on, also those that wait, and asks the running ones to stop when told to.
  public func drain(stoppingGenerations: Bool) {
    isDraining = true
    for session in sessions.values where session.isBusy {
      let waiting = session.waiting
      session.waiting = []
      counts.waitingTurns -= waiting.count
      for waiter in waiting { waiter.continuation.resume(returning: .failure(.draining)) }
      if stoppingGenerations { session.activity?.generation.requestStop(.draining) }
    }
  }
}

// MARK: - Begin

extension SessionRegistry {
  /// Whoever takes part in a session may speak in it; to take the last turn back is up to its owner and to whose it was.
  private func mayReplace(_ request: TurnRequest, in session: Session) -> Bool {
    guard request.replacesLastTurn, let author = session.lastAuthor else { return true }
    return session.permits(.undo(turnOf: author), to: request.principal)
  }

  private func start(_ request: TurnRequest, in session: Session, isNew: Bool) -> Turn {
    let now = useTime()
    let isAwaited = storage.map { !$0.isRelaxed } ?? false
    let before = storage.map { _ in TurnUndo(of: session, isNew: !session.isStored) }
    let dropped = request.replacesLastTurn ? change(session) { $0.dropLastTurn() } : []
    let context = request.includesContext ? session.context(limits: limits) : []
    let message = change(session) {
      $0.append(
        .user(request.user), request.message, images: request.images.map(\.digest), at: now,
        isPending: isAwaited)
    }
    let images = images(along: context, message, request.images, in: session)
    session.lastAuthor = request.principal.id
    session.restored = nil
    let generation = Generation(
      of: request, in: session.id, startedAt: now, limits: limits, isRelaxed: storage?.isRelaxed ?? false)
    session.activity = Session.Activity(
      generation: generation, messageNumber: message.number, unattendedSince: clock.monotonic())
    session.activity?.idempotencyKey = request.idempotency?.key
    active[session.key] = session
    counts.runningTurns += 1
    touch(session)
    noteBegin(of: generation, request)
    if let storage, let before {
      storeBegin(of: generation, message, request, replacing: dropped, before, in: session, storage)
    }
    noteRest(of: session)
    scheduleSweep()
    if !isAwaited { tellListeners(of: session, generation) }
    return Turn(
      sessionID: session.id, generation: generation, context: context, images: images, message: message,
      isFirstOfSession: isNew, awaitsStore: isAwaited, sessionKey: session.key, sessionSerial: session.serial)
  }

  func tellListeners(of session: Session, _ generation: Generation) {
    for member in audiences[session.key]?.members ?? [] { member.listener.tell(generation) }
  }

  /// Begins the first of the turns that wait which may.
  func startNext(in session: Session) {
    failUnheardTurns(of: session, now: clock.monotonic())
    // Those that wait in one that is being deleted fail with it.
    guard !session.isLeaving else { return }
    while let index = session.waiting.firstIndex(where: { mayBegin($0.request, in: session) }) {
      let waiter = session.waiting.remove(at: index)
      counts.waitingTurns -= 1
      // Only now it is known which turn is the last.
      guard mayReplace(waiter.request, in: session) else {
        waiter.continuation.resume(returning: .failure(.notOwner))
        continue
      }
      let turn = start(waiter.request, in: session, isNew: false)
      return waiter.continuation.resume(returning: .success(turn))
    }
  }

  private func wait(for request: TurnRequest, in session: Session) async -> Result<Turn, TurnError> {
    let ticket = nextTicket()
    let key = session.key
    let unheardSince = mayBegin(request, in: session) ? nil : clock.monotonic()
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        session.waiting.append(
          Session.Waiter(
            ticket: ticket, request: request, unheardSince: unheardSince, continuation: continuation))
        counts.waitingTurns += 1
        active[key] = session
        noteRest(of: session)
        // Nobody may have heard what runs for long.
        sweepActivity(of: session, now: clock.monotonic())
        scheduleSweep()
      }
    } onCancel: {
      // The queue runs this after the job that puts the waiter in, even when the task was cancelled before.
      executor.queue.async {
        self.assumeIsolated { $0.giveUp(ticket, in: key) }
      }
    }
  }

  private func giveUp(_ ticket: Int, in key: SessionKey) {
    guard let session = sessions[key], let index = session.waiting.firstIndex(where: { $0.ticket == ticket })
    else {
      return
    }
    let waiter = session.waiting.remove(at: index)
    counts.waitingTurns -= 1
    noteRest(of: session)
    waiter.continuation.resume(returning: .failure(.cancelled))
  }
}

// MARK: - End

extension SessionRegistry {
  /// Puts the model's message into the history.
  ///
  /// - Returns: the message; nil where there is none, and the user's is marked.
  @discardableResult
  func append(
    _ outcome: GenerationOutcome, of turn: Turn, in session: Session, isPending: Bool = false
  ) -> Message? {
    let log = turn.generation.log
    touch(session)
    return change(session) { session in
      let (isSaid, usage, state): (Bool, GenerationUsage?, Message.State) =
        switch outcome {
        case .completed(_, let usage): (true, usage, .whole)
        case .cancelled: (log.textBytes > 0, nil, .cancelled)
        case .interrupted: (log.textBytes > 0, nil, .interrupted)
        case .failed: (false, nil, .failed)
        }
      guard isSaid else {
        session.markFailed(turn.message.number)
        return nil
      }
      let thinking = log.thinkingText
      return session.append(
        .assistant(model: turn.generation.model), log.fullText, thinking: thinking.isEmpty ? nil : thinking,
        at: session.updatedAt, usage: usage, state: state, isPending: isPending)
    }
  }
}
