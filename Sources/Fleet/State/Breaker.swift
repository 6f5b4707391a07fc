/// Stops work for a server, or for one instance on it, whose responses fail.
struct Breaker: Sendable {
  private struct Counts {
    var all = 0
    var failed = 0
  }

  private(set) var state = FleetView.Breaker.closed
  /// Until when it is open.
  private(set) var openUntil = Instant.past
  /// How often it has opened since it was closed for good.
  private var openings = 0
  private var failuresInARow = 0
  private var successesInARow = 0
  /// Requests that try a half-open one.
  private(set) var trials = 0
  /// The prompt of the first failure in question, and whether another has failed as well.
  private var prompt: UInt64?
  private var hasOtherPrompts = false
  /// Requests and failures of the present ten seconds and of the three times ten before.
  private var counts: InlineArray<3, Counts> = [Counts(), Counts(), Counts()]
  private var period: Int64 = 0

  /// - Returns: whether it opens.
  mutating func failed(_ hash: UInt64, _ policy: FleetPolicy, _ jitter: inout Jitter, at now: Instant) -> Bool
  {
    roll(to: now)
    counts[0].all += 1
    counts[0].failed += 1
    failuresInARow += 1
    successesInARow = 0
    if let prompt, prompt != hash { hasOtherPrompts = true }
    if prompt == nil { prompt = hash }
    switch state {
    case .open: return false
    case .halfOpen: break
    case .closed:
      let all = counts[0].all + counts[1].all + counts[2].all
      let failures = counts[0].failed + counts[1].failed + counts[2].failed
      let isMany = all >= policy.failureSample && Double(failures) >= policy.failureShare * Double(all)
      guard hasOtherPrompts, failuresInARow >= policy.failuresInARow || isMany else { return false }
    }
    openings = min(openings + 1, 1_000)
    let time = min(policy.openFor.inSeconds * Double(openings), policy.openAtMost.inSeconds)
    openUntil = now.after(time * jitter.around(0.2))
    state = .open
    return true
  }

  /// - Parameter afterAll: whether it was tried though it is open, as there is nothing else: then it need not wait for its time.
  /// - Returns: whether it closes.
  mutating func succeeded(afterAll: Bool = false, at now: Instant) -> Bool {
    guard state != .closed || failuresInARow > 0 || prompt != nil else {
      // The usual case costs a comparison.
      if now / 10_000_000_000 != period { roll(to: now) }
      counts[0].all += 1
      return false
    }
    roll(to: now)
    counts[0].all += 1
    failuresInARow = 0
    guard state == .halfOpen || state == .open && afterAll else { return false }
    successesInARow += 1
    guard successesInARow >= 2 else { return false }
    close()
    return true
  }

  /// Open, and its time is over: single requests may try.
  mutating func halfOpen() {
    state = .halfOpen
    successesInARow = 0
  }

  mutating func close() {
    let trials = trials
    self = Breaker()
    self.trials = trials
  }

  mutating func began() { trials += 1 }
  mutating func ended() { trials = max(trials - 1, 0) }

  private mutating func roll(to now: Instant) {
    let present = now / 10_000_000_000
    guard present != period else { return }
    let steps = present > period && present - period < 3 ? Int(present - period) : 3
    for _ in 0..<steps {
      counts[2] = counts[1]
      counts[1] = counts[0]
      counts[0] = Counts()
    }
    period = present
    if counts[0].failed + counts[1].failed + counts[2].failed == 0, failuresInARow == 0 {
      prompt = nil
      hasOtherPrompts = false
    }
  }
}
