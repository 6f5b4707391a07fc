package import Limits
package import System

// What a request takes, and gives back.
extension AccessControl {
  /// Lets a request in when all limits do, and takes what it needs of them; or takes nothing.
  ///
  /// - Parameters:
  ///   - account: for whom it is counted.
  ///   - subjects: whose limits hold; those without limits may be left out.
  package func admit(
    _ demand: Demand, of account: UsageAccount, for subjects: [LimitedSubject], at now: MonotonicTime,
    _ wall: Timestamp
  ) -> Admission {
    state.withLock { state in
      let estimate = state.estimates.estimate(demand, of: account)
      return state.ledger.admit(
        estimate, demand, of: account, for: subjects, at: now, wall, &state.book)
    }
  }

  /// A request that was let in has a longer prompt than was known: nothing is refused for that, and what it takes too much is missing for
  /// the next.
  ///
  /// - Parameters:
  ///   - textBytes: bytes more of text.
  ///   - images: images more.
  package func extend(
    _ reservation: Reservation, textBytes: Int, images: Int, at now: MonotonicTime
  ) {
    state.withLock { state in
      guard let request = state.ledger.requests[reservation.place] else { return }
      let demand = request.demand.adding(textBytes: textBytes, images: images)
      let estimate = state.estimates.estimate(demand, of: request.account)
      state.ledger.extend(reservation, demand, estimate, at: now)
    }
  }

  /// What a request has used so far, all of it and not what has come since: once a second at most, so that it is in the store with the next
  /// flush. Where nobody has counted the prompt yet it is what that was estimated at.
  package func running(_ reservation: Reservation, _ usage: Usage, at wall: Timestamp) {
    state.withLock { state in
      guard let request = state.ledger.requests[reservation.place] else { return }
      let account = state.estimates.account(of: request, isResponse: usage.outputTokens > 0)
      state.ledger.running(reservation, usage, in: account, at: wall, &state.book)
    }
  }

  /// The request has ended, however it did. A second time nothing happens.
  ///
  /// - Returns: what was charged; nil the second time.
  @discardableResult
  package func settle(
    _ reservation: Reservation, _ record: UsageRecord, at now: MonotonicTime, _ wall: Timestamp
  ) -> Usage? {
    state.withLock { state in
      guard var request = state.ledger.leave(reservation) else { return nil }
      let account = state.estimates.account(of: request, isResponse: record.isResponse)
      let usage = state.ledger.settle(&request, record, in: account, at: now, wall, &state.book)
      if let detail = record.detail {
        state.book.log(usage, of: account, status: record.status, detail, at: wall)
      }
      if record.ending == .counted { state.estimates.learn(usage, of: request.demand, request.estimate) }
      return usage
    }
  }

  /// The request was refused after all, before anything went out for it: it costs nothing. A second time nothing happens.
  package func cancel(_ reservation: Reservation, at now: MonotonicTime, _ wall: Timestamp) {
    state.withLock { $0.ledger.cancel(reservation, at: now, wall, &$0.book) }
  }

  /// What is left of limits, one of a kind; nothing is taken.
  package func standings(
    of subjects: [LimitedSubject], at now: MonotonicTime, _ wall: Timestamp
  ) -> [LimitStanding] {
    var standings: [LimitStanding] = []
    for subject in subjects where !subject.limits.isEmpty {
      var account = state.withLock { $0.ledger.accounts.account(of: subject.subject) } ?? LimitAccount()
      account.use(subject.limits, at: now, wall)
      account.appendStandings(to: &standings, at: now, wall)
    }
    return LimitStanding.tightest(standings)
  }
}
