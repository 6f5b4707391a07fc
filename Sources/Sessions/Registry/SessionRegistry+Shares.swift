import Budgets
internal import System

// The shares of clients that are bounded: a session counts on the account of who has made it, as long as it is in the table.
extension SessionRegistry {
  /// A place for one more session of a client. One that has its share makes room by the session that it has not used for the
  /// longest time, if that has rested: whoever asks for many at once shall wait, and not lose what it has just said.
  ///
  /// - Parameter account: nil for a client without a bound.
  func takeShare(of account: ClientAccount?) throws(TurnError) -> ClientHold? {
    guard let account else { return nil }
    if let hold = ClientHold.take(.session, of: account) { return hold }
    guard evictRested(of: account), let hold = ClientHold.take(.session, of: account) else {
      throw .overShare(limit: account.limit(of: .session))
    }
    return hold
  }

  /// Enters a new session in the list of its client.
  func enterShare(of session: Session) {
    guard let share = session.share else { return }
    shares[ObjectIdentifier(share.account), default: RecencyList(\.shareLinks)].append(session)
  }

  /// A session was used.
  func touchShare(of session: Session) {
    guard let share = session.share else { return }
    shares[ObjectIdentifier(share.account)]?.touch(session)
  }

  /// A session leaves the table.
  func leaveShare(of session: Session) {
    guard let share = session.share else { return }
    let client = ObjectIdentifier(share.account)
    shares[client]?.remove(session)
    if shares[client]?.oldest == nil { shares[client] = nil }
    session.share = nil
  }

  private func evictRested(of account: ClientAccount) -> Bool {
    let now = clock.monotonic()
    var candidate = shares[ObjectIdentifier(account)]?.oldest
    // Busy ones are as few as turns, of which a client has a share as well.
    while let session = candidate, now - session.usedAt >= limits.rest {
      if !session.isBusy {
        remove(session)
        counts.evicted += 1
        return true
      }
      candidate = session.shareLinks.newer
    }
    return false
  }
}
