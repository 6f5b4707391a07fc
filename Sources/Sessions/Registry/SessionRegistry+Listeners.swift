public import Access
public import Budgets
import Dispatch
internal import System

extension SessionRegistry {
  /// Joins a session, made if it is not known: from now on, until the membership is dropped, `listener` hears of each
  /// generation that starts there. If a turn has waited for somebody to listen, that is the first.
  ///
  /// - Parameter account: on which a session counts that is made; nil for a client without a bound.
  /// - Returns: the place in the session, the session, and the generation that was in flight before, or the last one when
  ///   it ended less than the retention ago.
  public func join(
    _ id: SessionID?, as principal: Principal, account: ClientAccount? = nil, _ listener: SessionListener
  ) async throws(TurnError) -> (
    membership: SessionMembership, session: SessionSummary, generation: Generation?
  ) {
    try await load(id, for: principal)
    // A turn that is being stored is told like any that runs.
    if let id, let known = find(id, as: principal.id) { _ = await isAcknowledged(known) }
    let session = try openSession(id, for: principal, account: account).session
    audiences[session.key, default: Audience(owner: session.owner)].members.append(
      Audience.Member(listener: listener, principal: principal.id))
    counts.listeners += 1
    let membership = SessionMembership(of: listener, in: session.key, self)
    // One whose message is not stored yet is told to the listener like one that begins now.
    let generation = session.activity?.standing == .taken ? session.activity?.generation : session.restored
    for index in session.waiting.indices { session.waiting[index].unheardSince = nil }
    if !session.isGenerating { startNext(in: session) }
    return (membership, session.summary, generation)
  }

  /// Ends what ``join(_:as:_:)`` began, as the next thing that the queue does.
  nonisolated func leaveSoon(_ key: SessionKey, _ listener: SessionListener) {
    executor.queue.async { self.assumeIsolated { $0.leave(key, listener) } }
  }

  /// A session in which nothing was ever said goes with its last listener: else those who only look in would push real
  /// ones out. Under its name it is made again.
  private func leave(_ key: SessionKey, _ listener: SessionListener) {
    endedMembers.remove(listener.id)
    guard let index = audiences[key]?.members.firstIndex(where: { $0.listener === listener }) else { return }
    audiences[key]?.members.remove(at: index)
    counts.listeners -= 1
    guard audiences[key]?.members.isEmpty == true else { return }
    audiences[key] = nil
    guard let session = sessions[key] else { return }
    if session.isUnused { return remove(session) }
    let now = clock.monotonic()
    for index in session.waiting.indices where session.waiting[index].request.needsListener {
      session.waiting[index].unheardSince = now
    }
  }

  /// A session has got another owner, and perhaps another key: whoever may take part in it no more hears nothing more, and is told so.
  func reassign(audienceOf key: SessionKey, to owner: Principal.ID, as newKey: SessionKey) {
    guard var audience = audiences.removeValue(forKey: key) else { return }
    let stays = { (member: Audience.Member) in newKey == key && owner.shares(with: member.principal) }
    let ended = audience.members.filter { !stays($0) }
    audience.owner = owner
    audience.members.removeAll { !stays($0) }
    if !audience.members.isEmpty { audiences[key] = audience }
    counts.listeners -= ended.count
    for member in ended {
      endedMembers.insert(member.listener.id)
      member.listener.tellEnd()
    }
  }

  /// Somebody who listened to a generation, or was about to, has left. One that was asked for without a stream ends with
  /// the last: nobody comes back for the rest of it. Whoever has joined its session may still be on the way.
  public nonisolated func listenerDidLeave(_ generation: Generation) {
    guard !generation.isStreamed, !generation.log.hasEnded else { return }
    executor.queue.async { self.assumeIsolated { $0.stopIfUnheard(generation) } }
  }

  private func stopIfUnheard(_ generation: Generation) {
    guard generation.log.subscriberCount == 0,
      let session = find(generation.sessionID, as: generation.principal),
      session.activity?.generation === generation, audiences[session.key] == nil
    else { return }
    generation.requestStop(.abandoned)
  }

  /// Whether a turn need not wait for somebody to listen.
  func mayBegin(_ request: TurnRequest, in session: Session) -> Bool {
    !request.needsListener || audiences[session.key] != nil
  }

  /// Fails the turns that have waited for a listener for the grace. Not while another runs, behind which their messages
  /// have their place in the history.
  func failUnheardTurns(of session: Session, now: MonotonicTime) {
    let isOver = { [grace = limits.grace] (waiter: Session.Waiter) in
      waiter.unheardSince.map { now - $0 >= grace } ?? false
    }
    let failed = session.waiting.filter(isOver)
    guard !failed.isEmpty else { return }
    session.waiting.removeAll(where: isOver)
    counts.waitingTurns -= failed.count
    touch(session)
    for waiter in failed {
      keepFailed(waiter.request, in: session)
      waiter.continuation.resume(returning: .failure(.cancelled))
    }
  }

  private func keepFailed(_ request: TurnRequest, in session: Session) {
    // What it would have replaced stays, and that has the message already.
    guard !request.replacesLastTurn else { return }
    let message = change(session) { session in
      session.append(
        .user(request.user), request.message, images: request.images.map(\.digest), at: session.updatedAt,
        state: .failed)
    }
    enlist(session)
    session.lastAuthor = request.principal.id
    storeMessage(message, with: request.images, in: session)
  }
}
