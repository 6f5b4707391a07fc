internal import Limits
internal import System

// A request is let in, uses, and ends.
extension LimitLedger {
  /// Lets a request in when all accounts do, or takes nothing.
  mutating func admit(
    _ estimate: TokenEstimate, _ demand: Demand, of account: UsageAccount, for subjects: [LimitedSubject],
    at now: MonotonicTime, _ wall: Timestamp, _ book: inout UsageBook
  ) -> Admission {
    let claim = estimate.claim
    expire(at: now)
    find(subjects, at: now, wall)
    if let refusal = refusal(at: now, wall, { $0.excess(of: claim, at: now, wall) }) {
      return .refused(refusal)
    }
    var holds: [RunningRequest.Hold] = []
    holds.reserveCapacity(scratch.count)
    for place in scratch {
      let hold = accounts.update(place) { subject, account in
        account.take(claim, at: now, wall) { book.add($2, $0, $1, of: subject) }
      }
      if let hold { holds.append(RunningRequest.Hold(place: place, hold: hold)) }
    }
    let standings = standings(at: now, wall)
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
    for index in request.holds.indices where more > 0 {
      _ = accounts.update(request.holds[index].place) {
        $0.extend(&request.holds[index].hold, by: more, at: now)
      }
    }
    _ = requests.update(reservation.place) { [request] in $0 = request }
  }

  /// Counts what a request has used so far.
  ///
  /// - Parameter account: where that stands.
  mutating func running(
    _ reservation: Reservation, _ usage: Usage, in account: UsageAccount, at wall: Timestamp,
    _ book: inout UsageBook
  ) {
    guard let request = requests[reservation.place] else { return }
    var usage = usage.bounded
    if usage.inputTokens == 0 { usage.inputTokens = request.estimate.input }
    count(UsageSums(from: request.counted, to: usage), of: request, in: account, at: wall, &book)
    _ = requests.update(reservation.place) { [usage] in $0.counted = usage }
  }

  /// Counts what a request has used that was taken out as it ends: see ``leave(_:)``.
  ///
  /// - Parameter account: where that stands.
  /// - Returns: what it has used.
  mutating func settle(
    _ request: inout RunningRequest, _ record: UsageRecord, in account: UsageAccount, at now: MonotonicTime,
    _ wall: Timestamp, _ book: inout UsageBook
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
    count(sums, of: request, in: account, at: wall, &book)
    for index in request.holds.indices {
      _ = accounts.update(request.holds[index].place) { account in
        account.settle(&request.holds[index].hold, used: usage.tokens, at: now)
      }
    }
    return usage
  }

  /// Ends a request that has cost nothing.
  mutating func cancel(
    _ reservation: Reservation, at now: MonotonicTime, _ wall: Timestamp, _ book: inout UsageBook
  ) {
    guard var request = leave(reservation) else { return }
    for index in request.holds.indices {
      _ = accounts.update(request.holds[index].place) { subject, account in
        account.cancel(&request.holds[index].hold, at: now, wall) { book.add($2, $0, $1, of: subject) }
      }
    }
  }

  private mutating func count(
    _ sums: UsageSums, of request: RunningRequest, in account: UsageAccount, at wall: Timestamp,
    _ book: inout UsageBook
  ) {
    book.add(sums, of: account, at: wall)
    let tokens = sums.inputTokens + sums.outputTokens
    let microseconds = sums.promptMicroseconds + sums.evalMicroseconds
    guard tokens != 0 || microseconds != 0 else { return }
    for hold in request.holds {
      _ = accounts.update(hold.place) { subject, account in
        account.spend(tokens: tokens, gpuMicroseconds: microseconds, at: wall) {
          book.add($2, $0, $1, of: subject)
        }
      }
    }
  }
}
