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
  ///   - grant: that of who asks, which remembers where what he asks of the model is.
  ///   - dialect: in which it is told what is left: only of what has words there. Nil: of all.
  package func admit(
    _ demand: Demand, of account: UsageAccount, for subjects: [LimitedSubject], by grant: Grant? = nil,
    telling dialect: RateLimitDialect? = nil, at now: MonotonicTime, _ wall: Timestamp
  ) -> Admission {
    let hint = grant.map { TablePlace(bits: $0.hints.flow) }
    let (admission, place) = state.withLock { state in
      let flow = state.estimates.flow(of: account, near: hint)
      let admission = state.ledger.admit(
        state.estimates.estimate(demand, of: flow), demand, of: flow.account(like: account), for: subjects,
        near: &flow.subject, telling: dialect, at: now, wall, &state.book)
      return (admission, flow.place)
    }
    if let grant, let place, place != hint { grant.hints.flow = place.bits }
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
      guard reservation.place != nil else { return }
      let demand = reservation.demand.adding(textBytes: textBytes, images: images)
      let estimate = state.estimates.estimate(demand, of: reservation.estimate.flow)
      state.ledger.extend(reservation, demand, estimate, at: now)
    }
  }

  /// What a request has used so far, all of it and not what has come since: once a second at most, so that it is in the store with the next
  /// flush. Where nobody has counted the prompt yet it is what that was estimated at.
  package func running(_ reservation: Reservation, _ usage: Usage, at wall: Timestamp) {
    state.withLock { state in
      guard reservation.place != nil else { return }
      let account = state.estimates.account(of: reservation, isResponse: usage.outputTokens > 0)
      state.ledger.running(
        reservation, usage, in: account, near: &reservation.estimate.flow.hour, at: wall, &state.book)
    }
  }

  /// The request has ended, however it did. A second time nothing happens.
  ///
  /// - Parameter detail: what the log is to have of it; nil where there is none.
  /// - Returns: what was charged; nil the second time.
  @discardableResult
  package func settle(
    _ reservation: Reservation, _ record: UsageRecord, _ detail: UsageDetail? = nil,
    at now: MonotonicTime, _ wall: Timestamp
  ) -> Usage? {
    state.withLock { state in
      guard state.ledger.leave(reservation) else { return nil }
      let account = state.estimates.account(of: reservation, isResponse: record.isResponse)
      let usage = state.ledger.settle(
        reservation, record, in: account, near: &reservation.estimate.flow.hour, at: now, wall, &state.book)
      if let detail { state.book.log(usage, of: account, status: record.status, detail, at: wall) }
      if record.ending == .counted {
        state.estimates.learn(usage, of: reservation.demand, reservation.estimate)
      }
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
    var standings = LimitStandings()
    for subject in subjects where subject.isLimited {
      var account = state.withLock { $0.ledger.accounts.used(by: subject.subject) } ?? LimitAccount()
      account.use(subject.limits, at: now, wall)
      account.appendStandings(to: &standings, at: now, wall)
    }
    standings.keepTightest()
    return standings.all
  }
}
