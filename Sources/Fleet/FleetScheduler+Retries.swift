/// What becomes of a request whose server has failed it.
extension FleetScheduler {
  /// - Parameter state: the request as it was on the server, which it has left by now.
  mutating func failed(
    _ request: Int, _ state: RequestState, _ failure: FleetFailure, at now: Instant,
    _ actions: inout [FleetAction]
  ) -> FleetFate {
    let server = state.server
    guard server >= 0 else { return over(request, at: now, &actions) }
    blame(state, failure, at: now, &actions)
    let isBudgeted: Bool
    switch retry(request, state, failure, at: now) {
    case .none: return over(request, at: now, &actions)
    case .anywhere: return again(request, at: now, &actions)
    case .free: isBudgeted = false
    case .budgeted: isBudgeted = true
    }
    // The connection was too old, and not the server ill: the only one has another.
    let isOld = failure == .staleConnection && requests[request].deaths == 0
    // Without a queue it cannot wait for a busy one.
    let mayReturn = failure == .busy && policy.isQueueing || isOld
    if !mayReturn { requests[request].tried.set(server, true) }
    let others = eligible(requests[request])
    let isWell = !others.intersection(usable).isEmpty || isOld && sole >= 0
    guard isMovable(request, state), !others.isEmpty, isWell else { return over(request, at: now, &actions) }
    guard !isBudgeted || budget.take(policy, at: now) else {
      counters.retriesRefused += 1
      return over(request, at: now, &actions)
    }
    counters.retries[failure, default: 0] += 1
    return again(request, at: now, &actions)
  }

  private enum Retry {
    case none
    /// Whatever servers there are.
    case anywhere
    /// Outside the budget.
    case free
    case budgeted
  }

  /// Whether a failure lets a request be sent again, as far as that is the failure's affair.
  private mutating func retry(
    _ request: Int, _ state: RequestState, _ failure: FleetFailure, at now: Instant
  ) -> Retry {
    switch failure {
    case .stalled: return .none
    case .unreachable: return .free
    case .recalled where !state.isRecalled:
      // It was meant for the server before: this one is not to blame.
      return sole < 0 && isMovable(request, state) ? .anywhere : .none
    case .staleConnection where !requests[request].wasStale:
      requests[request].wasStale = true
      return .free
    case .brokenOff, .staleConnection, .recalled, .runnerDied:
      requests[request].deaths += 1
      if requests[request].deaths > 1 { return .none }
      return failure == .runnerDied ? .budgeted : .free
    case .busy:
      bounced(request, at: now)
      requests[request].attempts = max(requests[request].attempts - 1, 0)
      let isPatient = now.seconds(since: requests[request].bouncingSince) < policy.busyPatience.inSeconds
      return sole < 0 && requests[request].bounces < Self.bounceLimit && isPatient ? .free : .none
    case .credentialsRefused, .outOfMemory, .modelNotFound, .firstByteTimeout: return .budgeted
    }
  }

  private func isMovable(_ request: Int, _ state: RequestState) -> Bool {
    state.isRetryable && !state.hasContent && requests[request].attempts < policy.attemptLimit
  }

  static let bounceLimit = 30

  /// A server is too busy for a request. What has waited for other reasons since the last time begins anew.
  private mutating func bounced(_ request: Int, at now: Instant) {
    let isFirst = now.seconds(since: requests[request].bouncedAt) >= policy.busyPatience.inSeconds
    if isFirst { requests[request].bouncingSince = now }
    requests[request].bouncedAt = now
    requests[request].bounces += 1
  }

  private mutating func over(_ request: Int, at now: Instant, _ actions: inout [FleetAction]) -> FleetFate {
    if !requests[request].hasContent { requests.settle(request, read: nil, written: 0, at: now) }
    endRequest(request)
    scan(at: now, &actions)
    return .over
  }

  /// A request is given the next server, or waits for one before those that came after it.
  private mutating func again(_ request: Int, at now: Instant, _ actions: inout [FleetAction]) -> FleetFate {
    refreshHome(request)
    guard let place = choose(request, at: now) else { return over(request, at: now, &actions) }
    if requests.count == 0 || !policy.isQueueing {
      switch start(place, at: now) {
      case .now, .probe:
        let grant = send(request, place, at: now)
        scan(at: now, &actions)
        return .moved(grant)
      case .load, .no: break
      }
    }
    let ticket = requests.ticket(request)
    wait(request, place, at: now)
    scan(at: now, &actions)
    return switch takeDecision(of: ticket, &actions) {
    case .granted(let grant): .moved(grant)
    case .refused: .over
    case .waiting: .waiting
    }
  }

  /// What was cached on a server that is left is of no use.
  private mutating func refreshHome(_ request: Int) {
    guard requests[request].home >= 0, requests[request].tried.contains(requests[request].home) else {
      return
    }
    requests[request].home = -1
    requests[request].cachedTokens = 0
  }

  // MARK: Whose fault it was

  private mutating func blame(
    _ state: RequestState, _ failure: FleetFailure, at now: Instant, _ actions: inout [FleetAction]
  ) {
    let (server, instance) = (state.server, state.instance)
    switch failure {
    case .unreachable:
      fail(server, state.promptHash, at: now)
      let isNews = servers[server].health != .down
      markDown(server, at: now, &actions)
      // One refusal may be a crowd at the door.
      if isNews, asksOnTime { askSoon(.version, server, at: now, &actions) }
    case .brokenOff:
      fail(server, state.promptHash, at: now)
      askSoon(.version, server, at: now, &actions)
    case .recalled, .stalled: break
    case .staleConnection: askSoon(.version, server, at: now, &actions)
    case .credentialsRefused:
      servers[server].refusesCredentials = true
      fail(server, state.promptHash, at: now)
    case .busy:
      let longest = policy.busyPauseAtMost.inSeconds
      let pause = servers[server].busyPause
      servers[server].busyPause = pause > 0 ? min(pause * 2, longest) : policy.busyPause.inSeconds
      servers[server].busyUntil = now.after(servers[server].busyPause)
      healthDue = min(healthDue, servers[server].busyUntil)
    case .runnerDied, .outOfMemory:
      servers[server].heardAt = now
      guard instance >= 0, instance < servers[server].instances.count else { return }
      if servers[server].instances[instance].phase != .gone, servers[server].instances[instance].load == nil {
        vanish(instance, on: server)
      }
      if failure == .outOfMemory {
        servers[server].instances[instance].pausedUntil = now.after(policy.outOfMemoryPause.inSeconds)
      }
      if servers[server].instances[instance].breaker.failed(state.promptHash, policy, &jitter, at: now) {
        counters.breakerOpenings += 1
        healthDue = min(healthDue, servers[server].instances[instance].breaker.openUntil)
      }
    case .modelNotFound:
      servers[server].heardAt = now
      if state.model >= 0 {
        models[state.model].holders.set(server, false)
        isUnservedDue = true
      }
      askSoon(.models, server, at: now, &actions)
    case .firstByteTimeout: fail(server, state.promptHash, at: now)
    }
  }

  /// Counts against a server.
  private mutating func fail(_ server: Int, _ prompt: UInt64, at now: Instant) {
    guard servers[server].breaker.failed(prompt, policy, &jitter, at: now) else { return }
    counters.breakerOpenings += 1
    healthDue = min(healthDue, servers[server].breaker.openUntil)
    classify(server)
  }
}
