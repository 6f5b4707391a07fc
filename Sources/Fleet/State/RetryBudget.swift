/// Bounds retries by the requests of the last ten to twenty seconds, so that they do not become a flood of their own.
struct RetryBudget: Sendable {
  private var period: Int64 = 0
  private var requests = (present: 0, before: 0)
  private var retries = (present: 0, before: 0)

  mutating func count(at now: Instant) {
    roll(to: now)
    requests.present += 1
  }

  /// - Returns: whether there is one more.
  mutating func take(_ policy: FleetPolicy, at now: Instant) -> Bool {
    roll(to: now)
    let all = Double(requests.present + requests.before)
    guard Double(retries.present + retries.before) < policy.retryShare * all + Double(policy.retryAllowance)
    else { return false }
    retries.present += 1
    return true
  }

  private mutating func roll(to now: Instant) {
    let present = now / 10_000_000_000
    guard present != period else { return }
    let isNext = present > period && present - period == 1
    requests = (0, isNext ? requests.present : 0)
    retries = (0, isNext ? retries.present : 0)
    period = present
  }
}
