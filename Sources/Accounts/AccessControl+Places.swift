package import Access
package import Limits
package import System

// What is open for as long as its client likes: WebSockets, and streams that no request of their own has begun.
extension AccessControl {
  /// Takes a place of all limits, or of none.
  package func take(
    _ place: LastingPlace, for subjects: [LimitedSubject], at now: MonotonicTime, _ wall: Timestamp
  ) -> Result<PlaceHold, LimitRefusal> {
    state.withLock { state in
      var hint: SubjectAccount?
      var accounts = Reservation.Holds()
      state.ledger.find(subjects, &accounts, near: &hint, at: now, wall)
      if let refusal = accounts.refusal(at: now, wall, { $0.excess(of: place) }) {
        return .failure(refusal)
      }
      accounts.forEach { account, _ in account.limits.take(place) }
      return .success(PlaceHold(place, of: accounts, in: self))
    }
  }

  func giveBack(_ place: LastingPlace, of accounts: consuming Reservation.Holds) {
    var accounts = accounts
    state.withLock { _ in accounts.forEach { account, _ in account.limits.giveBack(place) } }
  }
}
