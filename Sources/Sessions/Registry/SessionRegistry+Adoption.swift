public import Access

// Who gets a key keeps what was said before.
extension SessionRegistry {
  /// Sessions that one call takes over.
  static let adoptedAtOnce = 1000
  private static let adoptedPortion = 100

  /// Gives the sessions of others to a principal, who has shown to be these as well. Those in which a turn runs or waits stay as they
  /// are, and so do those that an order gives to somebody else. Where the principal has one of the same chosen id, the other one gets a random
  /// id: nothing is lost.
  ///
  /// - Parameters:
  ///   - others: by what the principal was known before.
  ///   - leaving: to whom nothing is given by an order: it is as if there were none. Nil: there is nobody.
  /// - Throws: ``SessionAccessError/store`` where the store does not work: what is done by then is done.
  public func adopt(
    sessionsOf others: [Principal.ID], by principal: Principal, exceptByOrdersTo leaving: Principal.ID? = nil
  ) async throws(SessionAccessError) -> SessionAdoption {
    var adoption = SessionAdoption()
    for other in others where other != principal.id {
      if let storage {
        let taken = try await ordered(of: other, exceptTo: [principal.id, leaving], storage)
        try await adopt(sessionsOf: other, by: principal.id, madeIn: nil, behind: taken, &adoption, storage)
      } else {
        adopt(sessionsOf: other, by: principal.id, &adoption)
      }
    }
    return adoption
  }

  // MARK: In memory

  private func adopt(
    sessionsOf other: Principal.ID, by owner: Principal.ID, _ adoption: inout SessionAdoption
  ) {
    let all = owners[other]?.part(skip: 0, limit: .max) ?? []
    let given = all.lazy.filter { !$0.isBusy }.prefix(
      SessionRegistry.adoptedAtOnce - adoption.adopted)
    let sessions = Array(given)
    for session in sessions { give(session, to: owner) }
    order(sessions, amongThoseOf: owner)
    adoption.adopted += sessions.count
    adoption.remaining += all.count - sessions.count
  }

  private func give(_ session: Session, to owner: Principal.ID) {
    let key = key(of: session, for: owner)
    disown(session)
    sessions[session.key] = nil
    let isActive = active.removeValue(forKey: session.key) != nil
    reassign(audienceOf: session.key, to: owner, as: key)
    session.give(to: owner, as: key)
    sessions[key] = session
    if isActive { active[key] = session }
  }

  /// Under what a session stands that gets this owner.
  private func key(of session: Session, for owner: Principal.ID) -> SessionKey {
    guard session.key.owner != nil else { return session.key }
    let key = SessionKey(id: session.id, owner: owner)
    // Of two that the owner means by one id he would reach one alone.
    let isTaken = sessions[key] != nil || sessions[SessionKey(id: session.id, owner: nil)]?.owner == owner
    return isTaken ? SessionKey(id: .random(), owner: nil) : key
  }

  /// Puts sessions into an owner's list, each where its last use has it.
  private func order(_ given: [Session], amongThoseOf owner: Principal.ID) {
    guard !given.isEmpty else { return }
    let before = owners[owner]?.part(skip: 0, limit: .max) ?? []
    for session in before { owners[owner]?.remove(session) }
    var list = OwnedSessions()
    // The sort keeps the order of what has one time.
    for session in (before.reversed() + given.reversed()).sorted(by: { $0.updatedAt < $1.updatedAt }) {
      list.append(session)
    }
    owners[owner] = list
  }

  // MARK: In a store

  /// What is somebody else's by orders, though it has not come to him yet.
  func ordered(
    of other: Principal.ID, exceptTo owners: [Principal.ID?], _ storage: SessionStorage
  ) async throws(SessionAccessError) -> [AdoptionSpan] {
    let names = Set(owners.lazy.compactMap { $0?.storedName })
    do throws(StoreError) {
      return try await standingOrders(storage).lazy.map { ($0.stored.order, $0.span) }
        .filter { $0.0.other == other.storedName && !names.contains($0.0.owner) }.map(\.1)
    } catch {
      throw .store
    }
  }

  /// - Parameters:
  ///   - span: nil for all of them.
  ///   - taken: which of them are not meant, as they are somebody else's by now.
  func adopt(
    sessionsOf other: Principal.ID, by owner: Principal.ID, madeIn span: AdoptionSpan?,
    behind taken: [AdoptionSpan], _ adoption: inout SessionAdoption, _ storage: SessionStorage
  ) async throws(SessionAccessError) {
    if storage.writer.refusesDeletions { throw .store }
    await storage.writer.settle()
    let name = other.storedName
    var (kept, others) = (0, 0)
    while true {
      let skip = kept + others
      let page: (sessions: [StoredSession], total: Int)
      do throws(StoreError) {
        page = try await storage.readers.read { reader throws(StoreError) in
          try reader.sessions(ownedBy: name, skip: skip, limit: SessionRegistry.adoptedPortion)
        }
      } catch {
        throw .store
      }
      for stored in page.sessions {
        if span?.covers(stored.createdAt) == false || taken.contains(where: { $0.covers(stored.createdAt) }) {
          others += 1
        } else if adoption.adopted < SessionRegistry.adoptedAtOnce,
          try await give(stored, of: other, to: owner, storage)
        {
          adoption.adopted += 1
        } else {
          kept += 1
        }
      }
      guard !page.sessions.isEmpty, adoption.adopted < SessionRegistry.adoptedAtOnce else {
        adoption.remaining +=
          page.sessions.isEmpty ? kept : max(0, page.total - page.sessions.count + kept + others - skip)
        return
      }
    }
  }

  /// - Returns: whether it is the new owner's.
  private func give(
    _ stored: StoredSession, of other: Principal.ID, to owner: Principal.ID, _ storage: SessionStorage
  ) async throws(SessionAccessError) -> Bool {
    guard let id = stored.key.sessionID else { return false }
    while gates[id] != nil { await withCheckedContinuation { gates[id]?.append($0) } }
    let key = SessionKey(id: id, owner: stored.key.hasOwner ? other : nil)
    if let session = sessions[key] {
      guard !session.isBusy else { return false }
      // The store has all of it. Who asks for it meanwhile waits.
      remove(session)
    }
    gates[id] = []
    defer { openGate(of: id) }
    var newKey = stored.key.hasOwner ? StoreKey(id, of: owner.storedName) : stored.key
    if stored.key.hasOwner, try await has(owner, sharedSession: id, storage) {
      newKey = StoreKey(.random(), of: nil)
    }
    var outcome = await write(.giveSession(stored.key, to: owner.storedName, as: newKey), storage)
    if case .refused(.conflict) = outcome {
      newKey = StoreKey(.random(), of: nil)
      outcome = await write(.giveSession(stored.key, to: owner.storedName, as: newKey), storage)
    }
    switch outcome {
    case .written: break
    case .refused: return false
    case .late, .unavailable: throw .store
    }
    let keptKey = SessionKey(id: id, owner: stored.key.hasOwner ? owner : nil)
    reassign(audienceOf: key, to: owner, as: newKey == stored.key ? key : keptKey)
    return true
  }

  /// Whether an owner has a session of an id that was made here: of two that he means by one id he would reach that alone.
  private func has(
    _ owner: Principal.ID, sharedSession id: SessionID, _ storage: SessionStorage
  ) async throws(SessionAccessError) -> Bool {
    do throws(StoreError) {
      let found = try await storage.readers.read { reader throws(StoreError) in
        try reader.session([StoreKey(id, of: nil)], recent: RecentMessages(messages: 0, bytes: 0))?.session
      }
      return found?.owner == owner.storedName
    } catch {
      throw .store
    }
  }

  private func write(_ change: StoreChange, _ storage: SessionStorage) async -> StoreQueue.Outcome {
    await withCheckedContinuation { continuation in
      storage.writer.submit(StoreWrite([change]), .isGivenUp) { continuation.resume(returning: $0) }
    }
  }
}
