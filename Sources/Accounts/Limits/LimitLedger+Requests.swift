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
    reservation.holds.forEach { account, hold in
      hold = account.limits.take(claim, at: now, wall) { book.add($0, to: &$1, of: account.subject) }
      account.limits.appendStandings(to: &reservation.standings, in: dialect, at: now, wall)
    }
    reservation.standings.keepTightest()
    enter(reservation)
    return .admitted(reservation)
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
    reservation.counted = usage
    let gains = reservation.correct(sums, in: account, &book)
    book.add(gains, of: account, at: wall, near: &hint)
    reservation.share(gains, of: account, in: UsageBook.hour(of: wall))
    spend(gains, of: reservation, isLast: false, at: wall, &book)
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
    let sums = UsageSums(from: reservation.counted, to: usage)
    var gains = reservation.shares.isEmpty ? sums : reservation.correct(sums, in: account, &book)
    gains.requests = 1
    gains.failures = record.status >= 400 ? 1 : 0
    book.add(gains, of: account, at: wall, near: &hint)
    spend(gains, of: reservation, isLast: true, at: wall, &book)
    reservation.holds.forEach { account, hold in
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
}

extension LimitLedger {
  private func spend(
    _ sums: UsageSums, of reservation: Reservation, isLast: Bool, at wall: Timestamp, _ book: inout UsageBook
  ) {
    reservation.holds.forEach { account, hold in
      account.limits.spend(
        tokens: sums.tokens, gpuMicroseconds: sums.gpuMicroseconds, of: &hold, isLast: isLast, at: wall
      ) { book.add($0, to: &$1, of: account.subject) }
    }
  }
}

extension Reservation {
  /// What it was told to have used and has not is taken back where it was counted, the last hour first, and what stands in another account
  /// than its own by now goes over to that.
  ///
  /// - Parameter sums: what has come since it was asked last, less than 0 where it was too much.
  /// - Returns: what is still to be counted.
  fileprivate func correct(_ sums: UsageSums, in account: UsageAccount, _ book: inout UsageBook) -> UsageSums
  {
    var losses = sums.losses
    for place in shares.indices.reversed() {
      let hour = shares[place].hour
      let back = shares[place].sums.giveBack(&losses)
      var (old, new) = (-1, -1)
      if back != UsageSums() {
        takeBack(back, in: hour, &book)
        book.add(back.reversed, of: shares[place].account, inHour: hour, near: &old)
      }
      guard shares[place].account != account else { continue }
      book.add(shares[place].sums.reversed, of: shares[place].account, inHour: hour, near: &old)
      book.add(shares[place].sums, of: account, inHour: hour, near: &new)
      shares[place].account = account
    }
    return sums.gains
  }

  private func takeBack(_ sums: UsageSums, in hour: Int64, _ book: inout UsageBook) {
    let (time, overflow) = hour.multipliedReportingOverflow(by: 3_600_000)
    holds.forEach { account, hold in
      account.limits.takeBack(
        tokens: sums.tokens, gpuMicroseconds: sums.gpuMicroseconds, of: &hold,
        countedAt: Timestamp(millisecondsSince1970: overflow ? .max : time)
      ) { book.add($0, to: &$1, of: account.subject) }
    }
  }

  /// Remembers what was counted in which hour.
  fileprivate func share(_ gains: UsageSums, of account: UsageAccount, in hour: Int64) {
    if let last = shares.indices.last, shares[last].hour == hour {
      shares[last].sums += gains
    } else {
      shares.append(Share(hour: hour, account: account, sums: gains))
    }
  }
}
