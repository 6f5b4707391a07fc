public import System

extension LimitAccount {
  /// How much is left of each limit, in the order of ``LimitSet``.
  ///
  /// - Parameter dialect: only of those that a response is told in its words; nil: of all.
  public mutating func appendStandings(
    to standings: inout LimitStandings, in dialect: RateLimitDialect? = nil, at now: MonotonicTime,
    _ wall: Timestamp
  ) {
    standings.begin(policies)
    if let rpm = limits.rpm { standings.append(LimitAccount.standing(.rpm, rpm, requests, at: now)) }
    if limits.rpd != nil || dialect != .ollama { advance(to: wall) }
    if let rpd = limits.rpd { standings.append(standing(.rpd, rpd, of: .requests, .day, held: 0, at: wall)) }
    if dialect != .ollama {
      if let tpm = limits.tpm { standings.append(LimitAccount.standing(.tpm, tpm, tokens, at: now)) }
      if let tpd = limits.tpd {
        standings.append(standing(.tpd, tpd, of: .tokens, .day, held: heldDayTokens, at: wall))
      }
    }
    if let limit = limits.concurrent { standings.append(.places(.concurrent, limit, taken: running)) }
    guard dialect == nil else { return }
    if let limit = limits.streams { standings.append(.places(.streams, limit, taken: streams)) }
    if let limit = limits.websockets { standings.append(.places(.websockets, limit, taken: websockets)) }
    for budget in limits.budgets {
      let kind = LimitKind.budget(budget.unit, budget.period)
      standings.append(
        standing(kind, budget.amount, of: WindowUnit(budget.unit), budget.period, held: 0, at: wall))
    }
  }

  private static func standing(
    _ kind: LimitKind, _ limit: Int, _ bucket: RateBucket, at now: MonotonicTime
  ) -> LimitStanding {
    LimitStanding(
      kind: kind, limit: limit, remaining: bucket.remaining(at: now),
      fullAgain: .nanoseconds(bucket.fullAgain(at: now)))
  }

  private func standing(
    _ kind: LimitKind, _ limit: Int, of unit: WindowUnit, _ period: CalendarPeriod, held: Int,
    at wall: Timestamp
  ) -> LimitStanding {
    let counter = used(unit, period)
    let wait = counter.map { $0.wait(at: wall) } ?? CalendarWindow(period, at: wall).wait(at: wall)
    let taken = (counter?.used ?? 0).addingReportingOverflow(Int64(held))
    let rest = unit.counted(limit).subtractingReportingOverflow(taken.overflow ? .max : taken.partialValue)
    return LimitStanding(
      kind: kind, limit: limit, remaining: rest.overflow ? 0 : max(unit.told(rest.partialValue), 0),
      fullAgain: wait.map { .nanoseconds($0) })
  }
}

extension LimitStanding {
  fileprivate static func places(_ kind: LimitKind, _ limit: Int, taken: Int) -> LimitStanding {
    LimitStanding(kind: kind, limit: limit, remaining: max(limit - taken, 0), fullAgain: nil)
  }
}
