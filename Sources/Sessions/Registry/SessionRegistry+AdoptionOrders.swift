package import Access
internal import System

// Orders of the store by which sessions change hands. This process has the store: it alone carries them out, as it knows what is busy.
extension SessionRegistry {
  /// Orders that are looked at in one go.
  private static let ordersAtOnce = 1000

  /// Carries out what orders there are, as far as no turn runs in the sessions: what is left follows with the next look, each second.
  /// Where the store does not work, so does all of it.
  public func carryOutAdoptions() async {
    guard let storage else { return }
    mayHaveAdoptions = true
    guard !isCarryingOut else { return }
    isCarryingOut = true
    defer { isCarryingOut = false }
    mayHaveAdoptions = false
    do throws(StoreError) {
      let standing = try await standingOrders(storage)
      if !standing.isEmpty { mayHaveAdoptions = true }
      var before: [StandingOrder] = []
      for order in standing where await !carryOut(order, behind: before, storage) { before.append(order) }
    } catch {
      mayHaveAdoptions = true
    }
  }

  /// What orders there are, in the order in which they were given.
  func standingOrders(_ storage: SessionStorage) async throws(StoreError) -> [StandingOrder] {
    let orders = try await storage.readers.read { reader throws(StoreError) in
      try reader.adoptions(limit: SessionRegistry.ordersAtOnce)
    }
    let numbers = Set(orders.map(\.number))
    adoptionSpans = adoptionSpans.filter { numbers.contains($0.key) }
    return orders.map { stored in
      let span =
        adoptionSpans[stored.number]
        ?? AdoptionSpan(
          of: Principal.ID(storedName: stored.order.other), orderedAt: stored.orderedAt,
          at: clock.timestamp(),
          clock.monotonic())
      adoptionSpans[stored.number] = span
      return StandingOrder(stored, span)
    }
  }

  /// - Parameter before: those that were given before and stand: what they are about is not this one's.
  /// - Returns: whether nothing is left of it.
  private func carryOut(
    _ standing: StandingOrder, behind before: [StandingOrder], _ storage: SessionStorage
  ) async -> Bool {
    let order = standing.stored.order
    guard let other = Principal.ID(storedName: order.other), let owner = Principal.ID(storedName: order.owner)
    else {
      // Of a program that knows other kinds of owners, perhaps: that one will do it.
      return false
    }
    // Who waits for these to be given counts them.
    guard !handingOver.contains(other) else { return false }
    // What he has given away before goes first: what comes to him now is none of it.
    guard !before.contains(where: { $0.stored.order.other == order.owner }) else { return false }
    let span = standing.span
    let taken = before.filter { $0.stored.order.other == order.other }.map(\.span)
    do throws(SessionAccessError) {
      while true {
        var adoption = SessionAdoption()
        try await adopt(sessionsOf: other, by: owner, madeIn: span, behind: taken, &adoption, storage)
        if adoption.remaining == 0 { break }
        if adoption.adopted == 0 { return false }
      }
    } catch { return false }
    guard span.isOver(at: clock.monotonic()) else { return false }
    storage.writer.submit(
      StoreWrite([.dropAdoption(number: standing.stored.number, owner: order.owner)]), .isGivenUp)
    return true
  }
}

// MARK: - Without a store

extension SessionRegistry {
  /// Where nothing is stored: gives the sessions of one owner to another one, those in which a turn runs when that is over, and what was under
  /// way. Comes back when none is left.
  ///
  /// - Parameter isMeant: is asked before each look but the first: whether they are his still.
  package func handOver(
    sessionsOf other: Principal.ID, to owner: Principal.ID, while isMeant: @Sendable () -> Bool
  ) async {
    guard storage == nil else { return }
    let now = clock.timestamp()
    let span = AdoptionSpan(of: other, orderedAt: now, at: now, clock.monotonic())
    let heir = Principal(owner, scopes: [.chat])
    repeat {
      let adoption = try? await adopt(sessionsOf: [other], by: heir)
      if adoption?.remaining == 0, span.isOver(at: clock.monotonic()) { return }
      try? await Task.sleep(for: SessionRegistry.lookInterval)
    } while !isDraining && isMeant()
  }

  /// From one look to the next.
  private static let lookInterval = Duration.milliseconds(250)
}

/// An order that is not carried out yet, or not for good.
struct StandingOrder {
  let stored: StoredAdoptionOrder
  /// What it is about.
  let span: AdoptionSpan

  init(_ stored: StoredAdoptionOrder, _ span: AdoptionSpan) {
    self.stored = stored
    self.span = span
  }
}
