/// How fair it was: Jain's index a minute.
extension FlowTable {
  private static let minuteLength: Instant = 60_000_000_000

  mutating func note(_ flow: Int, served: Double, at now: Instant) {
    enterMinute(of: flow, at: now)
    flows[flow].served += served
  }

  mutating func noteWait(of flow: Int, at now: Instant) {
    enterMinute(of: flow, at: now)
    flows[flow].hasWaited = true
  }

  private mutating func enterMinute(of flow: Int, at now: Instant) {
    if now >= minuteEnd {
      lastFairness = fairness(at: now)
      minute = now / Self.minuteLength
      minuteEnd = (minute &+ 1) &* Self.minuteLength
    }
    guard flows[flow].minute != minute else { return }
    // Who still waits has waited in this one as well.
    flows[flow].minute = minute
    flows[flow].served = 0
    flows[flow].hasWaited = flows[flow].waiting > 0
  }

  /// Of the last whole minute; 1 where fewer than two had to wait.
  func fairness(at now: Instant) -> Double {
    let new = now / Self.minuteLength
    if new <= minute { return lastFairness }
    guard new == minute &+ 1 else { return 1 }
    var (count, sum, squares) = (0.0, 0.0, 0.0)
    for flow in flows where flow.minute == minute && flow.hasWaited || flow.waiting > 0 {
      let served = flow.minute == minute ? max(flow.served, 0) : 0
      count += 1
      sum += served
      squares += served * served
    }
    return count > 1 && squares > 0 ? sum * sum / (count * squares) : 1
  }
}
