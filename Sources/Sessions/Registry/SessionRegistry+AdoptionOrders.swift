import Access
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
      let orders = try await storage.readers.read { reader throws(StoreError) in
        try reader.adoptions(limit: SessionRegistry.ordersAtOnce)
      }
      let numbers = Set(orders.map(\.number))
      adoptionSpans = adoptionSpans.filter { numbers.contains($0.key) }
      if !orders.isEmpty { mayHaveAdoptions = true }
      for order in orders { await carryOut(order, storage) }
    } catch {
      mayHaveAdoptions = true
    }
  }

  private func carryOut(_ stored: StoredAdoptionOrder, _ storage: SessionStorage) async {
    let (order, number) = (stored.order, stored.number)
    guard let other = Principal.ID(storedName: order.other), let owner = Principal.ID(storedName: order.owner)
    else {
      // Of a program that knows other kinds of owners, perhaps: that one will do it.
      return
    }
    // Who waits for these to be given counts them.
    guard !handingOver.contains(other) else { return }
    let span =
      adoptionSpans[number]
      ?? AdoptionSpan(of: other, orderedAt: stored.orderedAt, at: clock.timestamp(), clock.monotonic())
    adoptionSpans[number] = span
    do throws(SessionAccessError) {
      while true {
        var adoption = SessionAdoption()
        try await adopt(sessionsOf: other, by: owner, madeIn: span, &adoption, storage)
        if adoption.remaining == 0 { break }
        if adoption.adopted == 0 { return }
      }
    } catch { return }
    guard span.isOver(at: clock.monotonic()) else { return }
    storage.writer.submit(StoreWrite([.dropAdoption(number: number)]), .isGivenUp)
  }
}
