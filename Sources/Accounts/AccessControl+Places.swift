package import Access
package import Limits
package import System

// What is open for as long as its client likes: WebSockets, and streams that no request of their own has begun.
extension AccessControl {
  /// Takes a place of all limits, or of none.
  package func take(
    _ place: LastingPlace, for subjects: [LimitedSubject], at now: MonotonicTime, _ wall: Timestamp
  ) -> Result<PlaceHold, LimitRefusal> {
    let taken: Result<[AccountPlace], LimitRefusal> = state.withLock { state in
      state.ledger.find(subjects, at: now, wall)
      if let refusal = state.ledger.refusal(at: now, wall, { $0.excess(of: place) }) {
        return .failure(refusal)
      }
      let places = state.ledger.scratch
      for account in places { _ = state.ledger.accounts.update(account) { $0.take(place) } }
      return .success(places)
    }
    return taken.map { PlaceHold(place, of: $0, in: self) }
  }

  func giveBack(_ place: LastingPlace, of accounts: [AccountPlace]) {
    state.withLock { state in
      for account in accounts { _ = state.ledger.accounts.update(account) { $0.giveBack(place) } }
    }
  }
}
