package import System

/// What those who wait are told.
extension FleetScheduler {
  /// Where a waiting request stands; nil for one that does not wait.
  package func standing(of ticket: FleetTicket, at time: MonotonicTime) -> FleetStanding? {
    guard let request = requests.find(ticket), requests[request].phase == .waiting else { return nil }
    var standing: FleetStanding?
    walk(at: time.nanoseconds) { other, make in
      guard other == request else { return true }
      standing = make()
      return false
    }
    return standing
  }

  /// Until one of those that wait is sent, which makes a place for another: for `Retry-After` of a full queue. At least a second.
  package func nextPlace(at time: MonotonicTime) -> Duration {
    let now = time.nanoseconds
    var first = Double.infinity
    var rest = usable
    while let server = rest.popFirst() {
      for instance in servers[server].instances.indices {
        if servers[server].instances[instance].phase == .loading {
          first = min(first, servers[server].instances[instance].loadRest(at: now))
        } else if !servers[server].instances[instance].running.isEmpty {
          first = min(first, servers[server].instances[instance].firstEnd(at: now))
        }
      }
    }
    return Duration(bounded: first.isFinite ? max(first, 1) : 1)
  }

  /// Tells those who want it, once a second, as far as it is other than before.
  mutating func tell(at now: Instant, _ actions: inout [FleetAction]) {
    tellDue = .never
    var told: [(request: Int, standing: FleetStanding)] = []
    var isWanted = false
    walk(at: now) { request, make in
      guard requests[request].isTold else { return true }
      isWanted = true
      if now.seconds(since: requests[request].submittedAt) >= seconds.tellAfter {
        told.append((request, make()))
      }
      return true
    }
    for (request, standing) in told {
      let new = (standing.position, standing.seconds ?? -1, standing.reason == .loading)
      guard
        requests[request].told != new || now.seconds(since: requests[request].toldAt) >= Self.tellAgainAfter
      else { continue }
      requests[request].told = new
      requests[request].toldAt = now
      actions.append(.tell(requests.ticket(request), standing))
    }
    if isWanted { tellDue = now.after(1) }
  }

  /// Seconds after which what has not changed is told once more.
  static let tellAgainAfter = 15.0

  /// Those that wait, in the order of their turns, each with what makes its standing, until `false`.
  func walk(at now: Instant, limit: Int = .max, _ body: (Int, () -> FleetStanding) -> Bool) {
    // How many come before, by the servers that they could go to.
    var before: [(servers: ServerSet, count: Int)] = []
    var forecast = Forecast()
    var order = FairOrder()
    order.read(requests, limit: limit, patience: seconds.bandPatience, at: now)
    for request in order.requests.lazy.map({ Int($0) }) {
      let servers = eligible(requests[request])
      let expected = forecast.next(request, of: self, at: now)
      let goesOn = body(request) {
        let earlier = before.reduce(0) { $1.servers.intersection(servers).isEmpty ? $0 : $0 + $1.count }
        return FleetStanding(
          position: earlier + 1, seconds: expected.map { Self.whole($0.seconds) },
          reason: expected?.isLoading == true ? .loading : .busy)
      }
      guard goesOn else { return }
      if let group = before.firstIndex(where: { $0.servers == servers }) {
        before[group].count += 1
      } else if before.count < 64 {
        before.append((servers, 1))
      }
    }
  }

  /// Never finer than a second, and never none while one waits.
  private static func whole(_ seconds: Double) -> Int { Int(min(max(seconds.rounded(.up), 1), 1e6)) }
}
