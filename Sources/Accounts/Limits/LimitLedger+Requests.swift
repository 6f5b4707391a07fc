internal import Access
internal import Limits
internal import System

// A request is let in, uses, and ends.
extension LimitLedger {
  /// Lets a request in when all accounts do, or takes nothing.
  ///
  /// - Parameters:
  ///   - hint: the account that the first may be; afterwards the one that it is.
  ///   - dialect: in which of the limits are told that are not used up; nil for all of them.
  mutating func admit(
    _ estimate: TokenEstimate, _ demand: Demand, of account: UsageAccount, for subjects: [LimitedSubject],
    near hint: inout SubjectAccount?, telling dialect: RateLimitDialect?, at now: MonotonicTime,
    _ wall: Timestamp, _ book: inout UsageBook
  ) -> Admission {
    let claim = estimate.claim
    expire(at: now)
    let reservation = Reservation(account, demand, estimate, until: now + LimitLedger.slotTime)
    find(subjects, &reservation.holds, near: &hint, at: now, wall)
    var isAdmitted = true
    reservation.holds.forEach { account, _ in
      isAdmitted = account.limits.admits(claim, at: now, wall) && isAdmitted
    }
    if !isAdmitted,
      let refusal = reservation.holds.refusal(at: now, wall, { $0.excess(of: claim, at: now, wall) })
    {
      return .refused(refusal)
    }
    var standings = LimitStandings(reservingCapacity: reservation.holds.isEmpty ? 0 : 4)
    reservation.holds.forEach { account, hold in
      hold = account.limits.take(claim, at: now, wall) { book.add($0, to: &$1, of: account.subject) }
      account.limits.appendStandings(to: &standings, in: dialect, at: now, wall)
    }
    enter(reservation)
    return .admitted(Admitted(reservation: reservation, standings: standings.tightest))
  }

  /// A request asks for more than was known when it was let in.
  ///
  /// - Parameters:
  ///   - demand: all that it asks for.
  ///   - estimate: of all that.
  func extend(
    _ reservation: Reservation, _ demand: Demand, _ estimate: TokenEstimate, at now: MonotonicTime
  ) {
    let more = estimate.input - reservation.estimate.input
    (reservation.demand, reservation.estimate) = (demand, estimate)
    if more > 0 {
      reservation.holds.forEach { account, hold in account.limits.extend(&hold, by: more, at: now) }
    }
  }

  /// Counts what a request has used so far.
  ///
  /// - Parameters:
  ///   - account: where that stands.
  ///   - hint: where its hour was in the book; afterwards where it is.
  func running(
    _ reservation: Reservation, _ usage: Usage, in account: UsageAccount, near hint: inout Int,
    at wall: Timestamp, _ book: inout UsageBook
  ) {
    var usage = usage.bounded
    if usage.inputTokens == 0 { usage.inputTokens = reservation.estimate.input }
    let sums = UsageSums(from: reservation.counted, to: usage)
    book.add(sums, of: account, at: wall, near: &hint)
    reservation.holds.forEach { account, _ in spend(sums, of: account, at: wall, &book) }
    reservation.counted = usage
  }

  /// Counts what a request has used that was taken out as it ends: see ``leave(_:)``.
  ///
  /// - Parameters:
  ///   - account: where that stands.
  ///   - hint: where its hour was in the book; afterwards where it is.
  /// - Returns: what it has used.
  func settle(
    _ reservation: Reservation, _ record: UsageRecord, in account: UsageAccount,
    near hint: inout Int, at now: MonotonicTime, _ wall: Timestamp, _ book: inout UsageBook
  ) -> Usage {
    var usage = record.usage.bounded
    if record.ending == .unseen {
      usage.outputTokens = reservation.estimate.unseenOutput(
        of: usage.evalMicroseconds, asked: reservation.demand.askedOutput)
    }
    if record.ending == .cutOff || record.ending == .unseen, usage.inputTokens == 0 {
      usage.inputTokens = reservation.estimate.input
    }
    var sums = UsageSums(from: reservation.counted, to: usage)
    sums.requests = 1
    sums.failures = record.status >= 400 ? 1 : 0
    book.add(sums, of: account, at: wall, near: &hint)
    reservation.holds.forEach { account, hold in
      spend(sums, of: account, at: wall, &book)
      account.limits.settle(&hold, used: usage.tokens, at: now)
    }
    return usage
  }

  /// Ends a request that has cost nothing.
  mutating func cancel(
    _ reservation: Reservation, at now: MonotonicTime, _ wall: Timestamp, _ book: inout UsageBook
  ) {
    guard leave(reservation) else { return }
    reservation.holds.forEach { account, hold in
      account.limits.cancel(&hold, at: now, wall) { book.add($0, to: &$1, of: account.subject) }
    }
  }

  private func spend(
    _ sums: UsageSums, of account: SubjectAccount, at wall: Timestamp, _ book: inout UsageBook
  ) {
    account.limits.spend(tokens: sums.tokens, gpuMicroseconds: sums.gpuMicroseconds, at: wall) {
      book.add($0, to: &$1, of: account.subject)
    }
  }
}
