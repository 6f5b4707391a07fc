public import System

// A request asks, takes, uses and ends.
extension LimitAccount {
  /// Whether all limits let the request in: ``excess(of:at:_:)`` says which one does not. Nothing is taken.
  public mutating func admits(_ claim: LimitClaim, at now: MonotonicTime, _ wall: Timestamp) -> Bool {
    if limits.rpm != nil, !requests.admits(1, at: now) { return false }
    if let tpm = limits.tpm {
      let tpm = Rate.clamp(tpm)
      guard claim.text <= tpm, tokens.admits(claim.reservation(of: tpm), at: now) else { return false }
    }
    if let limit = limits.concurrent, running >= limit { return false }
    if claim.isStream, let limit = limits.streams, streams >= limit { return false }
    if limits.tpd != nil { return excess(of: claim, at: now, wall) == nil }
    for place in windows.indices {
      windows[place].advance(to: wall)
      if let most = windows[place].most, windows[place].used >= most { return false }
    }
    return true
  }

  /// The limit that does not let the request in, for the longest time of all that do not; nil when all let it in. Nothing is taken.
  public mutating func excess(of claim: LimitClaim, at now: MonotonicTime, _ wall: Timestamp) -> LimitExcess?
  {
    var worst: LimitExcess?
    func note(_ excess: LimitExcess?) {
      guard let excess else { return }
      if let other = worst, !excess.outweighs(other) { return }
      worst = excess
    }
    if let rpm = limits.rpm { note(LimitAccount.excess(.rpm, rpm, 1, in: requests, at: now)) }
    if let tpm = limits.tpm { note(excess(of: claim, tpm: Rate.clamp(tpm), at: now)) }
    if let limit = limits.concurrent, running >= limit { note(.places(.concurrent, limit)) }
    if claim.isStream, let limit = limits.streams, streams >= limit { note(.places(.streams, limit)) }
    guard !windows.isEmpty else { return worst }
    advance(to: wall)
    if let rpd = limits.rpd { note(excess(.rpd, rpd, 1, of: .requests, held: 0, at: wall)) }
    if let tpd = limits.tpd {
      let limit = Rate.clamp(tpd)
      note(
        claim.text > limit
          ? LimitExcess(.tpd, tpd, .neverFits, wait: nil)
          : excess(.tpd, tpd, claim.reservation(of: limit), of: .tokens, held: heldDayTokens, at: wall))
    }
    for budget in limits.budgets { note(excess(of: budget, at: wall)) }
    return worst
  }

  private static func excess(
    _ kind: LimitKind, _ limit: Int, _ units: Int, in bucket: RateBucket, at now: MonotonicTime
  ) -> LimitExcess? {
    let wait = bucket.wait(for: units, at: now)
    return wait == 0 ? nil : LimitExcess(kind, limit, .rate, wait: wait)
  }

  private func excess(of claim: LimitClaim, tpm: Int, at now: MonotonicTime) -> LimitExcess? {
    if claim.text > tpm { return LimitExcess(.tpm, tpm, .neverFits, wait: nil) }
    return LimitAccount.excess(.tpm, tpm, claim.reservation(of: tpm), in: tokens, at: now)
  }

  private func excess(
    _ kind: LimitKind, _ limit: Int, _ units: Int, of unit: WindowUnit, held: Int, at wall: Timestamp
  ) -> LimitExcess? {
    guard let counter = used(unit, .day) else { return nil }
    let (taken, overflow) = counter.used.addingReportingOverflow(Int64(held))
    let rest = unit.counted(limit).subtractingReportingOverflow(overflow ? .max : taken)
    if !rest.overflow, rest.partialValue >= Int64(units) { return nil }
    // What is held comes back before the day ends, but nobody knows when: a second, as with places.
    let used = unit.counted(limit).subtractingReportingOverflow(counter.used)
    let isHeld = held > 0 && !used.overflow && used.partialValue >= Int64(units)
    return LimitExcess(
      kind, limit, .rate, wait: isHeld ? LimitExcess.whileHeld : counter.window.wait(at: wall))
  }

  /// A budget that is used up; before that it lets in whatever comes.
  private func excess(of budget: Budget, at wall: Timestamp) -> LimitExcess? {
    let unit = WindowUnit(budget.unit)
    guard let counter = used(unit, budget.period), counter.used >= unit.counted(budget.amount) else {
      return nil
    }
    return LimitExcess(
      .budget(budget.unit, budget.period), budget.amount, .budget, wait: counter.window.wait(at: wall))
  }

  /// Takes what a request needs that ``excess(of:at:_:)`` has let in at the same time.
  ///
  /// - Parameter count: what a store is to add to a window.
  public mutating func take(
    _ claim: LimitClaim, at now: MonotonicTime, _ wall: Timestamp, count: (Int64, inout WindowCounter) -> Void
  ) -> LimitHold {
    var hold = LimitHold()
    if limits.rpm != nil {
      requests.take(1, at: now)
      hold.isOfMinute = true
    }
    if let tpm = limits.tpm {
      hold.tokens = claim.reservation(of: Rate.clamp(tpm))
      tokens.take(hold.tokens, at: now)
    }
    if let tpd = limits.tpd {
      hold.dayTokens = claim.reservation(of: Rate.clamp(tpd))
      heldDayTokens += hold.dayTokens
    }
    if limits.rpd != nil { hold.day = self.count(1, of: .requests, at: wall, count) }
    running += 1
    hold.hasPlace = true
    if claim.isStream {
      streams += 1
      hold.hasStream = true
    }
    return hold
  }

  /// The prompt is longer than was known when it was let in: what is taken for that may be owed.
  ///
  /// - Parameter more: tokens.
  public mutating func extend(_ hold: inout LimitHold, by more: Int, at now: MonotonicTime) {
    let more = Rate.bounded(more)
    if limits.tpm != nil {
      tokens.take(more, at: now)
      hold.tokens += more
    }
    // Of a request whose time is over nothing is held any more.
    if limits.tpd != nil, hold.hasPlace {
      heldDayTokens += more
      hold.dayTokens += more
    }
  }

  /// Counts what a request has used since it was asked last, in the windows that run. What is counted of a day is held for it no more.
  ///
  /// - Parameters:
  ///   - tokens: 0 or more.
  ///   - gpuMicroseconds: 0 or more.
  ///   - isLast: whether nothing of it is ever taken back.
  ///   - count: what a store is to add to a window.
  public mutating func spend(
    tokens: Int64, gpuMicroseconds: Int64, of hold: inout LimitHold, isLast: Bool, at wall: Timestamp,
    count: (Int64, inout WindowCounter) -> Void
  ) {
    let counted = min(hold.dayTokens, Int(clamping: max(tokens, 0)))
    hold.dayTokens -= counted
    heldDayTokens = max(heldDayTokens - counted, 0)
    for place in windows.indices {
      let amount = LimitAccount.amount(of: windows[place].unit, tokens, gpuMicroseconds)
      guard amount > 0 else { continue }
      windows[place].advance(to: wall)
      let counted = windows[place].add(amount)
      if counted != 0 { count(counted, &windows[place]) }
      if !isLast { hold.note(counted, windows[place].unit, windows[place].window) }
    }
  }

  /// Takes back what a request was told to have used at that time and has not, from the windows of then, as far as it was counted there: what
  /// others have used stays.
  ///
  /// - Parameters:
  ///   - tokens: 0 or more.
  ///   - gpuMicroseconds: 0 or more.
  ///   - count: what a store is to add to a window, which may be over.
  public mutating func takeBack(
    tokens: Int64, gpuMicroseconds: Int64, of hold: inout LimitHold, countedAt wall: Timestamp,
    count: (Int64, inout WindowCounter) -> Void
  ) {
    for place in windows.indices {
      let (unit, window) = (windows[place].unit, windows[place].window)
      let amount = LimitAccount.amount(of: unit, tokens, gpuMicroseconds)
      guard amount > 0, let spending = hold.place(of: unit, CalendarWindow(window.period, at: wall)) else {
        continue
      }
      let part = min(amount, hold.spent[spending].amount)
      hold.spent[spending].amount -= part
      if hold.spent[spending].window == window {
        let counted = windows[place].add(-part)
        if counted != 0 { count(counted, &windows[place]) }
      } else {
        var over = WindowCounter(unit, hold.spent[spending].window)
        count(-part, &over)
      }
    }
  }

  private static func amount(of unit: WindowUnit, _ tokens: Int64, _ gpuMicroseconds: Int64) -> Int64 {
    switch unit {
    case .requests: 0
    case .tokens: tokens
    case .gpuSeconds: gpuMicroseconds
    }
  }

  /// The request has ended: what it has used of the minute is what counts, and what it has held comes back. What it has used of
  /// windows is told with ``spend(tokens:gpuMicroseconds:of:isLast:at:count:)``.
  ///
  /// - Parameter used: tokens, of prompt and response; what goes beyond what was reserved is owed.
  public mutating func settle(_ hold: inout LimitHold, used: Int, at now: MonotonicTime) {
    // What was reserved comes back, though there may be no limit any more.
    if limits.tpm != nil || hold.tokens > 0 {
      let used = Rate.bounded(used)
      if used > hold.tokens {
        tokens.take(used - hold.tokens, at: now)
      } else {
        tokens.giveBack(hold.tokens - used, at: now)
      }
    }
    hold.tokens = 0
    release(&hold)
  }

  /// The request has been refused after all, and nothing went out for it: it costs nothing.
  public mutating func cancel(
    _ hold: inout LimitHold, at now: MonotonicTime, _ wall: Timestamp,
    count: (Int64, inout WindowCounter) -> Void
  ) {
    if hold.isOfMinute { requests.giveBack(1, at: now) }
    if let day = hold.day, let place = windows.firstIndex(where: { $0.unit == .requests && $0.window == day })
    {
      if windows[place].add(-1) != 0 { count(-1, &windows[place]) }
    }
    (hold.isOfMinute, hold.day) = (false, nil)
    settle(&hold, used: 0, at: now)
  }

  /// Places and what is held of a day come back; what was taken stays taken. The time of a request may be over before its end.
  public mutating func release(_ hold: inout LimitHold) {
    if hold.hasPlace { running = max(running - 1, 0) }
    if hold.hasStream { streams = max(streams - 1, 0) }
    heldDayTokens = max(heldDayTokens - hold.dayTokens, 0)
    (hold.hasPlace, hold.hasStream, hold.dayTokens) = (false, false, 0)
  }

  private mutating func count(
    _ amount: Int64, of unit: WindowUnit, at wall: Timestamp, _ tell: (Int64, inout WindowCounter) -> Void
  ) -> CalendarWindow {
    let place = place(of: unit, .day, at: wall)
    windows[place].advance(to: wall)
    windows[place].add(amount)
    tell(amount, &windows[place])
    return windows[place].window
  }
}

extension LimitExcess {
  /// When somebody else will give something back nobody knows: a second, in nanoseconds.
  static let whileHeld: Int64 = 1_000_000_000

  static func places(_ kind: LimitKind, _ limit: Int) -> LimitExcess {
    LimitExcess(kind, limit, .places, wait: whileHeld)
  }
}
