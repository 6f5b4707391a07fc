package import Access
package import Limits
package import System

// What a request takes, and gives back.
extension AccessControl {
  /// Lets a request in when all limits do, and takes what it needs of them; or takes nothing.
  ///
  /// - Parameters:
  ///   - account: for whom it is counted.
  ///   - subjects: whose limits hold; those without limits may be left out.
  ///   - grant: that of who asks, which remembers where his account is.
  ///   - dialect: in which it is told what is left: only of what has words there. Nil: of all.
  package func admit(
    _ demand: Demand, of account: UsageAccount, for subjects: [LimitedSubject], by grant: Grant? = nil,
    telling dialect: RateLimitDialect? = nil, at now: MonotonicTime, _ wall: Timestamp
  ) -> Admission {
    let hint = grant.map { TablePlace(bits: $0.hints.flow) }
    let (admission, flow) = state.withLock { state in
      let estimate = state.estimates.estimate(demand, of: account, near: hint)
      let hints = state.estimates.places(of: estimate.flow)
      var places = hints
      let admission = state.ledger.admit(
        estimate, demand, of: account, for: subjects, near: &places.limits, telling: dialect, at: now, wall,
        &state.book)
      state.estimates.found(places, of: estimate.flow, insteadOf: hints)
      return (admission, estimate.flow)
    }
    if let grant, flow != hint { grant.hints.flow = flow.bits }
    return admission
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
      let hints = state.estimates.places(of: request.estimate.flow)
      var places = hints
      state.ledger.running(reservation, usage, in: account, near: &places.hour, at: wall, &state.book)
      state.estimates.found(places, of: request.estimate.flow, insteadOf: hints)
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
      let hints = state.estimates.places(of: request.estimate.flow)
      var places = hints
      let usage = state.ledger.settle(
        &request, record, in: account, near: &places.hour, at: now, wall, &state.book)
      state.estimates.found(places, of: request.estimate.flow, insteadOf: hints)
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
