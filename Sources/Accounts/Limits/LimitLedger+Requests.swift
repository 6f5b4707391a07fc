internal import Access
internal import Limits
internal import System

// A request is let in, uses, and ends.
extension LimitLedger {
  /// Lets a request in when all accounts do, or takes nothing.
  ///
  /// - Parameters:
  ///   - hint: where the first of the accounts may be; afterwards where it is.
  ///   - dialect: in which of the limits are told that are not used up; nil for all of them.
  mutating func admit(
    _ estimate: TokenEstimate, _ demand: Demand, of account: UsageAccount, for subjects: [LimitedSubject],
    near hint: inout AccountPlace?, telling dialect: RateLimitDialect?, at now: MonotonicTime,
    _ wall: Timestamp, _ book: inout UsageBook
  ) -> Admission {
    let claim = estimate.claim
    expire(at: now)
    find(subjects, near: hint, at: now, wall)
    hint = scratch.first
    if let refusal = refusal(at: now, wall, { $0.excess(of: claim, at: now, wall) }) {
      return .refused(refusal)
    }
    var holds = RunningRequest.Holds()
    var standings: [LimitStanding] = []
    standings.reserveCapacity(4)
    for place in scratch {
      let hold = accounts.update(place) { subject, account in
        let hold = account.take(claim, at: now, wall) { book.add($0, to: &$1, of: subject) }
        account.appendStandings(to: &standings, in: dialect, at: now, wall)
        return hold
      }
      if let hold { holds.append(RunningRequest.Hold(place: place, hold: hold)) }
    }
    if scratch.count > 1 { standings = LimitStanding.tightest(standings) }
    let reservation = enter(
      RunningRequest(
        account: account, demand: demand, estimate: estimate, holds: holds,
        deadline: now + LimitLedger.slotTime))
    return .admitted(Admitted(reservation: reservation, standings: standings))
  }

  /// A request asks for more than was known when it was let in.
  ///
  /// - Parameters:
  ///   - demand: all that it asks for.
  ///   - estimate: of all that.
  mutating func extend(
    _ reservation: Reservation, _ demand: Demand, _ estimate: TokenEstimate, at now: MonotonicTime
  ) {
    guard var request = requests[reservation.place] else { return }
    let more = estimate.input - request.estimate.input
    (request.demand, request.estimate) = (demand, estimate)
    if more > 0 {
      request.holds.forEach { held in
        _ = accounts.update(held.place) { $0.extend(&held.hold, by: more, at: now) }
      }
    }
    _ = requests.update(reservation.place) { [request] in $0 = request }
  }

  /// Counts what a request has used so far.
  ///
  /// - Parameters:
  ///   - account: where that stands.
  ///   - hint: where its hour was in the book; afterwards where it is.
  mutating func running(
    _ reservation: Reservation, _ usage: Usage, in account: UsageAccount, near hint: inout Int,
    at wall: Timestamp, _ book: inout UsageBook
  ) {
    guard var request = requests[reservation.place] else { return }
    var usage = usage.bounded
    if usage.inputTokens == 0 { usage.inputTokens = request.estimate.input }
    let sums = UsageSums(from: request.counted, to: usage)
    book.add(sums, of: account, at: wall, near: &hint)
    request.holds.forEach { held in
      _ = accounts.update(held.place) { subject, account in
        account.spend(tokens: sums.tokens, gpuMicroseconds: sums.gpuMicroseconds, at: wall) {
          book.add($0, to: &$1, of: subject)
        }
      }
    }
    _ = requests.update(reservation.place) { [usage] in $0.counted = usage }
  }

  /// Counts what a request has used that was taken out as it ends: see ``leave(_:)``.
  ///
  /// - Parameters:
  ///   - account: where that stands.
  ///   - hint: where its hour was in the book; afterwards where it is.
  /// - Returns: what it has used.
  mutating func settle(
    _ request: inout RunningRequest, _ record: UsageRecord, in account: UsageAccount, near hint: inout Int,
    at now: MonotonicTime, _ wall: Timestamp, _ book: inout UsageBook
  ) -> Usage {
    var usage = record.usage.bounded
    if record.ending == .unseen {
      usage.outputTokens = request.estimate.unseenOutput(
        of: usage.evalMicroseconds, asked: request.demand.askedOutput)
    }
    if record.ending == .cutOff || record.ending == .unseen, usage.inputTokens == 0 {
      usage.inputTokens = request.estimate.input
    }
    var sums = UsageSums(from: request.counted, to: usage)
    sums.requests = 1
    sums.failures = record.status >= 400 ? 1 : 0
    book.add(sums, of: account, at: wall, near: &hint)
    request.holds.forEach { held in
      _ = accounts.update(held.place) { subject, account in
        account.spend(tokens: sums.tokens, gpuMicroseconds: sums.gpuMicroseconds, at: wall) {
          book.add($0, to: &$1, of: subject)
        }
        account.settle(&held.hold, used: usage.tokens, at: now)
      }
    }
    return usage
  }

  /// Ends a request that has cost nothing.
  mutating func cancel(
    _ reservation: Reservation, at now: MonotonicTime, _ wall: Timestamp, _ book: inout UsageBook
  ) {
    guard var request = leave(reservation) else { return }
    request.holds.forEach { held in
      _ = accounts.update(held.place) { subject, account in
        account.cancel(&held.hold, at: now, wall) { book.add($0, to: &$1, of: subject) }
      }
    }
  }
}
