import Access
import Dispatch
internal import System

// What a store does not keep for ever.
extension SessionRegistry {
  /// Addresses change hands: whoever comes from one later is somebody else.
  static let addressTime = Duration.seconds(86_400)
  private static let retentionInterval = Duration.seconds(60)
  /// Sessions that are deleted in one go.
  private static let retentionCount = 1000

  /// Begins to delete what is too old, and to look whether others have changed the store.
  public func startRetention() {
    guard storage != nil else { return }
    scheduleRetention()
    scheduleLook()
  }

  private nonisolated func scheduleRetention() {
    let interval = DispatchTimeInterval.seconds(Int(SessionRegistry.retentionInterval.components.seconds))
    executor.queue.asyncAfter(deadline: .now() + interval) { [weak self] in
      guard let self else { return }
      Task {
        await self.dropOldSessions()
        self.scheduleRetention()
      }
    }
  }

  private nonisolated func scheduleLook() {
    executor.queue.asyncAfter(deadline: .now() + .seconds(1)) { [weak self] in
      guard let self else { return }
      Task {
        await self.lookForForeignChanges()
        self.scheduleLook()
      }
    }
  }

  /// What a subcommand has changed beside the service is read anew. Asked at rest as well: so it shows within a second that the store
  /// does not work.
  func lookForForeignChanges() async {
    guard let storage else { return }
    let wasChanged = try? await storage.writer.ask { writer throws(StoreError) in
      try writer.wasChangedByOthers()
    }
    if wasChanged == true { forgetResting() }
    // First of all who may do what: whose key is another's now asks as him from then on.
    storage.tell(wasChanged: wasChanged == true)
    if wasChanged == true || mayHaveAdoptions { await carryOutAdoptions() }
  }

  /// Deletes the sessions of addresses that were not used for a day, and others that were not used for their time.
  func dropOldSessions() async {
    guard let storage, !isDraining, storage.writer.refusal == nil else { return }
    let (now, monotonic) = (clock.timestamp(), clock.monotonic())
    let mayDropAddresses = addressRetention.mayDrop(at: now, monotonic)
    let mayDrop = retention?.mayDrop(at: now, monotonic) ?? false
    if mayDropAddresses {
      // Keys of requests are kept for as long.
      storage.writer.submit(StoreWrite([.dropIdempotentRequests(expiredBy: now)]), .isGivenUp)
      await dropSessions(
        notUsedSince: now.adding(.zero - SessionRegistry.addressTime), ofAddressesOnly: true, storage)
    }
    if let time = storage.timeToLive, mayDrop {
      await dropSessions(notUsedSince: now.adding(.zero - time), ofAddressesOnly: false, storage)
    }
  }

  private func dropSessions(
    notUsedSince time: Timestamp, ofAddressesOnly: Bool, _ storage: SessionStorage
  ) async {
    let limit = SessionRegistry.retentionCount
    let old = try? await storage.readers.read { reader throws(StoreError) in
      try reader.sessions(notUpdatedSince: time, ofAddressesOnly: ofAddressesOnly, limit: limit)
    }
    drop(old ?? [], storage)
  }

  /// A principal that has too many sessions loses those that it has not used for the longest time.
  func keepToShare(of session: Session) {
    guard let storage, let limit = storage.sessionsOfPrincipal else { return }
    let (owner, count) = (session.owner.storedName, SessionRegistry.retentionCount)
    Task {
      let page = try? await storage.readers.read { reader throws(StoreError) in
        try reader.sessions(ownedBy: owner, skip: limit, limit: count)
      }
      self.drop(page?.sessions ?? [], storage)
    }
  }

  private func drop(_ stored: [StoredSession], _ storage: SessionStorage) {
    var keys: [StoreChange] = []
    var ids: [SessionID] = []
    for old in stored {
      // Of one that somebody reads just now it is not known whether it is used.
      guard let id = old.key.sessionID, gates[id] == nil else { continue }
      let owner = old.key.hasOwner ? Principal.ID(storedName: old.owner) : nil
      if let session = sessions[SessionKey(id: id, owner: owner)] {
        guard !session.isBusy, session.updatedAt <= old.updatedAt else { continue }
        remove(session)
      }
      // Who asks for it now waits until it is gone.
      gates[id] = []
      ids.append(id)
      keys.append(.deleteSession(old.key))
    }
    guard !keys.isEmpty else { return }
    counts.expired += keys.count
    storage.writer.submit(StoreWrite(keys), .isGivenUp) { [ids] _ in
      self.executor.queue.async {
        self.assumeIsolated { registry in for id in ids { registry.openGate(of: id) } }
      }
    }
  }
}
