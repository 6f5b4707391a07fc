internal import System

/// Names that no server is known to have: all are asked, and the request waits for what they say.
extension FleetScheduler {
  /// Whether the servers' lists may tell of one that could take a request: no server is known to have its model, or none that gets
  /// new work, and of others nothing is known yet.
  func mayBeFound(_ request: Int) -> Bool {
    guard requests[request].model >= 0, sole < 0 else { return false }
    if models[requests[request].model].holders.isEmpty { return true }
    guard eligible(requests[request]).isEmpty else { return false }
    var rest = present.intersection(requests[request].allowed)
    while let server = rest.popFirst() {
      if servers[server].listedAt == .past { return true }
    }
    return false
  }

  /// All are asked, and the request waits for what they say. A list that was asked for within the last second says it as well.
  mutating func lookUp(_ request: Int, at now: Instant, _ actions: inout [FleetAction]) -> FleetDecision {
    var unheard = ServerSet.none
    var rest = usable.isEmpty ? present : usable
    while let server = rest.popFirst() {
      let isNew = now.seconds(since: servers[server].listedAt) < policy.unknownModelInterval.inSeconds
      if !isNew { unheard.set(server, true) }
    }
    guard !unheard.isEmpty else {
      return .refused(refuseNew(request, refusalOfLookup(request)))
    }
    if let refusal = crowd(request) { return .refused(refuseNew(request, refusal)) }
    models[requests[request].model].unheard = unheard
    requests[request].phase = .looking
    requests[request].waitingSince = now
    requests.enqueue(request, at: now)
    looking += 1
    lookupDue = min(lookupDue, now.after(policy.modelsTimeout.inSeconds))
    limitDue = min(limitDue, requests[request].deadline)
    while let server = unheard.popFirst() { askSoon(.models, server, at: now, &actions) }
    return .waiting
  }

  private func refusalOfLookup(_ request: Int) -> FleetRefusal {
    let state = requests[request]
    if !models[state.model].holders.isEmpty || present.isEmpty { return noServer(for: state) }
    return usable.isEmpty ? .noServerIsUp : .noServerHasModel
  }

  /// A server's list has come, or will not.
  mutating func heardOfModels(_ server: Int, at now: Instant, _ actions: inout [FleetAction]) {
    guard looking > 0 else { return }
    decideLookups(at: now, &actions) { models, request in
      models[request.model].unheard.set(server, false)
      return models[request.model].unheard.isEmpty
    }
  }

  mutating func endLookups(at now: Instant, _ actions: inout [FleetAction]) {
    lookupDue = .never
    guard looking > 0 else { return }
    let longest = policy.modelsTimeout.inSeconds
    decideLookups(at: now, &actions) { _, request in
      now.seconds(since: request.waitingSince) >= longest - 0.001
    }
  }

  /// There is one server only from now on, which is asked for whatever name there is.
  mutating func endAllLookups(at now: Instant, _ actions: inout [FleetAction]) {
    guard looking > 0 else { return }
    decideLookups(at: now, &actions) { _, _ in true }
  }

  private mutating func decideLookups(
    at now: Instant, _ actions: inout [FleetAction], isOver: (inout ModelTable, RequestState) -> Bool
  ) {
    var next = requests.first
    while next >= 0, looking > 0 {
      let request = Int(next)
      next = requests[request].next
      guard requests[request].phase == .looking else { continue }
      let state = requests[request]
      let isOver = isOver(&models, state)
      if sole >= 0 || !eligible(state).isEmpty {
        looking -= 1
        found(request, at: now, &actions)
      } else if isOver {
        looking -= 1
        refuse(request, refusalOfLookup(request), &actions)
      } else {
        lookupDue = min(lookupDue, state.waitingSince.after(policy.modelsTimeout.inSeconds))
      }
    }
  }

  /// A name is known now: its request waits as others do, until the scan that follows.
  private mutating func found(_ request: Int, at now: Instant, _ actions: inout [FleetAction]) {
    requests[request].waitedBefore += max(now.seconds(since: requests[request].waitingSince), 0)
    enterLane(request, nil, at: now)
    scanDue = min(scanDue, now)
  }
}
