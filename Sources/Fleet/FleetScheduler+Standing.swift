package import System

/// What those who wait are told.
extension FleetScheduler {
  /// Until one of those that wait is sent, which makes a place for another: for `Retry-After` of a full queue. At least a second.
  ///
  /// - Parameter flow: of which one must be sent: where it is its share that is full; nil for any.
  package mutating func nextPlace(of flow: UInt64? = nil, at time: MonotonicTime) -> Duration {
    let now = time.nanoseconds
    let isMissing = flow.map { vacancies.ofFlows[$0] == nil } ?? false
    if now >= (isMissing ? vacancies.missingUntil : vacancies.validUntil) { findVacancies(at: now) }
    let next = flow.flatMap { vacancies.ofFlows[$0] } ?? vacancies.next
    return Duration(bounded: next == .never ? 1 : max(next.seconds(since: now), 1))
  }

  /// When places become free, as it seems. Those who are refused may be many: all that wait are looked at now and then only.
  struct Vacancies: Sendable {
    var next = Instant.never
    var ofFlows: [UInt64: Instant] = [:]
    var validUntil = Instant.past
    /// Until then a flow that is not among them is not looked for again.
    var missingUntil = Instant.past
  }

  private mutating func findVacancies(at now: Instant) {
    var found = Vacancies()
    for row in outlook(at: now).rows {
      guard let expected = row.expected else { continue }
      let at = now.after(expected.seconds)
      let flow = requests[row.request].flow
      found.next = min(found.next, at)
      found.ofFlows[flow] = min(found.ofFlows[flow] ?? .never, at)
    }
    found.validUntil = min(now.after(1), max(found.next, now.after(0.02)))
    found.missingUntil = now.after(0.05)
    vacancies = found
  }

  /// Tells those who want it, once a second, as far as it is other than before.
  mutating func tell(at now: Instant, _ actions: inout [FleetAction]) {
    tellDue = .never
    let outlook = outlook(at: now)
    var isWanted = false
    for row in outlook.rows where requests[row.request].isTold {
      isWanted = true
      let request = row.request
      guard now.seconds(since: requests[request].submittedAt) >= seconds.tellAfter else { continue }
      let standing = standing(of: row, in: outlook)
      let new = (standing.position, standing.seconds ?? -1, standing.reason == .loading)
      guard
        requests[request].told != new || now.seconds(since: requests[request].toldAt) >= Self.tellAgainAfter
      else { continue }
      let old = requests[request].told.position
      if old > new.0 { counters.stepsForward += 1 } else if old > 0, old < new.0 { counters.stepsBack += 1 }
      requests[request].told = new
      requests[request].toldAt = now
      actions.append(.tell(requests.ticket(request), standing))
    }
    if isWanted { tellDue = now.after(1) }
  }

  /// Seconds after which what has not changed is told once more.
  static let tellAgainAfter = 15.0

  /// What all that wait may expect.
  func outlook(at now: Instant) -> Outlook {
    var outlook = Outlook()
    var forecast = Forecast()
    var order = FairOrder()
    order.read(requests, limit: .max, patience: seconds.bandPatience, at: now)
    for request in order.requests.lazy.map({ Int($0) }) {
      outlook.add(
        request, at: eligible(requests[request]), forecast.next(request, of: self, at: now))
    }
    outlook.finish()
    return outlook
  }

  func standing(of row: Outlook.Row, in outlook: Outlook) -> FleetStanding {
    let loading = row.expected.flatMap { $0.loading >= 0 ? servers[$0.loading].server.id : nil }
    return FleetStanding(
      position: outlook.position(of: row), seconds: row.expected.map { Self.whole($0.seconds) },
      reason: loading == nil ? .busy : .loading, loading: loading)
  }

  /// Never finer than a second, and never none while one waits.
  private static func whole(_ seconds: Double) -> Int { Int(min(max(seconds.rounded(.up), 1), 1e6)) }
}
