package import System

/// What is known of servers' health, and what they are asked, and when.
extension FleetScheduler {
  /// Something has been found out of a server. Harmless where there is no such server (any more).
  package mutating func observed(
    _ id: FleetServerID, _ observation: FleetObservation, at time: MonotonicTime
  ) -> [FleetAction] {
    let now = time.nanoseconds
    guard let server = places[id] else { return [] }
    var actions: [FleetAction] = []
    switch observation {
    case .version(let version): isUp(server, version, at: now, &actions)
    case .loaded(let loaded):
      let askedAt = conclude(.loaded, server, at: now)
      servers[server].heardAt = now
      sawLoaded(loaded, on: server, askedAt: askedAt ?? now, at: now)
      checkPins(on: server, at: now, &actions)
      scan(at: now, &actions)
    case .models(let listed):
      _ = conclude(.models, server, at: now)
      servers[server].heardAt = now
      let isFirst = servers[server].listedAt == .past
      sawModels(listed, on: server, at: now)
      if isFirst { askSoon(.loaded, server, at: now, &actions) }
      heardOfModels(server, at: now, &actions)
      scan(at: now, &actions)
    case .failed(let question, let bytesCame):
      questionFailed(question, server, bytesCame, at: now, &actions)
    case .credentialsRefused(let question):
      servers[server].refusesCredentials = true
      questionFailed(question, server, false, at: now, &actions)
    case .loadEnded(let load, let error): loadEnded(load, error, on: server, at: now, &actions)
    }
    forgetIfGone(server)
    return actions
  }

  /// Whether a server takes work is told anew.
  mutating func classify(_ server: Int) {
    let isPresent = !servers[server].isVacant && !servers[server].isLeaving && !servers[server].isDraining
    if !isPresent, present.contains(server) { isUnservedDue = true }
    present.set(server, isPresent)
    usable.set(server, isPresent && servers[server].health != .down && servers[server].breaker.state != .open)
  }

  private mutating func isUp(
    _ server: Int, _ version: String, at now: Instant, _ actions: inout [FleetAction]
  ) {
    _ = conclude(.version, server, at: now)
    let was = servers[server].health
    let isOther = servers[server].version.map { !$0.utf8.elementsEqual(version.utf8) } ?? true
    servers[server].heardAt = now
    servers[server].health = .up
    servers[server].failedProbes = 0
    servers[server].downProbes = 0
    if isOther {
      servers[server].version = String(decoding: version.utf8.prefix(100), as: UTF8.self)
      servers[server].keepsPrompts = Self.isAtLeast(policy.cachingVersion, version)
      for instance in servers[server].instances.indices {
        servers[server].instances[instance].slots.unsettle()
      }
    }
    if servers[server].breaker.state == .open, servers[server].breaker.openUntil <= now {
      servers[server].breaker.halfOpen()
    }
    for instance in servers[server].instances.indices
    where servers[server].instances[instance].breaker.state == .open
      && servers[server].instances[instance].breaker.openUntil <= now
    {
      servers[server].instances[instance].breaker.halfOpen()
    }
    classify(server)
    if was == .down, unmanaged < 0 { actions.append(.turned(servers[server].server.id, isUp: true)) }
    if was == .down || (isOther && was == .up) {
      askSoon(.models, server, at: now, &actions)
      askSoon(.loaded, server, at: now, &actions)
    }
    scan(at: now, &actions)
  }

  /// - Parameter version: as Ollama writes it; what is no number is 0.
  static func isAtLeast(_ bound: (Int, Int, Int), _ version: String) -> Bool {
    var parts = [0, 0, 0]
    for (place, part) in version.utf8.prefix(100).split(separator: UInt8(ascii: ".")).prefix(3).enumerated() {
      let digits = part.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.prefix(9)
      parts[place] = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }
    // Builds of its own developers say 0.0.0.
    if parts == [0, 0, 0] { return true }
    return (parts[0], parts[1], parts[2]) >= bound
  }

  private mutating func questionFailed(
    _ question: FleetQuestion, _ server: Int, _ bytesCame: Bool, at now: Instant,
    _ actions: inout [FleetAction]
  ) {
    let askedAt = conclude(question, server, at: now)
    if question == .models { heardOfModels(server, at: now, &actions) }
    if question == .loaded { scan(at: now, &actions) }
    guard question == .version else { return }
    if bytesCame || servers[server].heardAt > askedAt ?? now {
      servers[server].failedProbes = 0
      return
    }
    servers[server].failedProbes += 1
    let isDown = servers[server].health == .down
    guard isDown || servers[server].failedProbes >= policy.probesToDown else {
      servers[server].versionQuestion.dueAt = now.after(1)
      healthDue = min(healthDue, servers[server].versionQuestion.dueAt)
      return
    }
    if isDown { servers[server].downProbes = min(servers[server].downProbes + 1, 100) }
    markDown(server, at: now, &actions)
    recall(from: server, at: now, &actions)
    scan(at: now, &actions)
  }

  /// The server is down from now on, by a probe or by a request that did not reach it.
  mutating func markDown(_ server: Int, at now: Instant, _ actions: inout [FleetAction]) {
    let wasDown = servers[server].health == .down
    servers[server].health = .down
    classify(server)
    if !wasDown {
      if unmanaged < 0 { actions.append(.turned(servers[server].server.id, isUp: false)) }
      servers[server].downProbes = 0
      servers[server].failedProbes = 0
      loseLoad(server, &actions)
    }
    let steps = Double(1 << min(servers[server].downProbes, 10))
    let pause = min(policy.versionInterval.inSeconds * steps, policy.downIntervalAtMost.inSeconds)
    if servers[server].versionQuestion.askedAt == nil {
      servers[server].versionQuestion.dueAt = now.after(pause * jitter.around(0.1))
      healthDue = min(healthDue, servers[server].versionQuestion.dueAt)
    }
  }

  /// A load on a server that is down comes to nothing that one could wait for.
  private mutating func loseLoad(_ server: Int, _ actions: inout [FleetAction]) {
    guard servers[server].loading >= 0 else { return }
    if let load = servers[server].instances[servers[server].loading].load {
      counters.loadsFailed += 1
      actions.append(.cancelLoad(servers[server].server.id, load.id))
    }
    vanish(servers[server].loading, on: server)
  }

  /// Requests that are there and of which no content has come go elsewhere, if there is such a place.
  private mutating func recall(from server: Int, at now: Instant, _ actions: inout [FleetAction]) {
    for request in requests.requests.indices {
      let state = requests[request]
      guard state.phase == .sent, state.server == server, !state.hasContent, !state.isRecalled,
        state.isRetryable,
        state.attempts < policy.attemptLimit, state.deaths == 0
      else { continue }
      guard !eligible(state).intersection(usable).isEmpty else { continue }
      requests[request].isRecalled = true
      actions.append(.recall(requests.ticket(request)))
    }
  }

  // MARK: Questions

  /// Whether servers are asked because time has passed.
  var asksOnTime: Bool { policy.asksServers && unmanaged < 0 }

  /// Asks now, if that is not under way.
  mutating func askSoon(
    _ question: FleetQuestion, _ server: Int, at now: Instant, _ actions: inout [FleetAction]
  ) {
    guard unmanaged < 0, servers[server][question].askedAt == nil, !servers[server].isLeaving,
      !servers[server].isVacant
    else {
      return
    }
    servers[server][question].askedAt = now
    actions.append(.ask(servers[server].server.id, question))
    // An observation follows in any case; should it be lost, that is found out.
    healthDue = min(healthDue, now.after(Self.lostAfter))
  }

  static let lostAfter = 60.0

  /// A question is over.
  ///
  /// - Returns: when it was asked; nil where it was not.
  private mutating func conclude(_ question: FleetQuestion, _ server: Int, at now: Instant) -> Instant? {
    let askedAt = servers[server][question].askedAt
    servers[server][question].askedAt = nil
    guard asksOnTime else { return askedAt }
    servers[server][question].dueAt = nextTime(of: question, server, at: now)
    healthDue = min(healthDue, servers[server][question].dueAt)
    return askedAt
  }

  private mutating func nextTime(of question: FleetQuestion, _ server: Int, at now: Instant) -> Instant {
    let interval =
      switch question {
      case .version: policy.versionInterval
      case .models: policy.modelsInterval
      case .loaded:
        requests.count > 0 || servers[server].inFlight > 0
          || now.seconds(since: servers[server].workedAt) < 60
          ? policy.loadedInterval : policy.loadedIdleInterval
      }
    return now.after(max(interval.inSeconds, 0.1) * jitter.around(0.1))
  }

  /// Questions that are due, pauses that are over, breakers that let one try.
  mutating func checkHealth(at now: Instant, _ actions: inout [FleetAction]) {
    healthDue = .never
    var isOther = false
    for server in servers.indices where !servers[server].isVacant && !servers[server].isLeaving {
      if endPauses(server, at: now, &actions) { isOther = true }
      guard asksOnTime else { continue }
      // Down, it is asked nothing but whether it lives.
      let isDown = servers[server].health == .down
      for question in FleetQuestion.allCases where question == .version || !isDown {
        askIfDue(question, server, at: now, &actions)
      }
    }
    if isOther { scan(at: now, &actions) }
  }

  private mutating func askIfDue(
    _ question: FleetQuestion, _ server: Int, at now: Instant, _ actions: inout [FleetAction]
  ) {
    if let askedAt = servers[server][question].askedAt {
      let lost = askedAt.after(Self.lostAfter)
      guard lost <= now else {
        healthDue = min(healthDue, lost)
        return
      }
      servers[server][question].askedAt = nil
    }
    if question == .loaded, servers[server].loadedQuestion.dueAt > now, isWorking(server, at: now) {
      // It was idle, and is not any more.
      let soon = now.after(policy.loadedInterval.inSeconds)
      servers[server].loadedQuestion.dueAt = min(servers[server].loadedQuestion.dueAt, soon)
    }
    if servers[server][question].dueAt <= now {
      askSoon(question, server, at: now, &actions)
    } else {
      healthDue = min(healthDue, servers[server][question].dueAt)
    }
  }

  private func isWorking(_ server: Int, at now: Instant) -> Bool {
    requests.count > 0 || servers[server].inFlight > 0 || now.seconds(since: servers[server].workedAt) < 60
  }

  /// - Returns: whether something could begin that could not before.
  private mutating func endPauses(
    _ server: Int, at now: Instant, _ actions: inout [FleetAction]
  ) -> Bool {
    var isOther = false
    if servers[server].busyUntil != .past {
      if servers[server].busyUntil <= now {
        servers[server].busyUntil = .past
        isOther = true
      } else {
        healthDue = min(healthDue, servers[server].busyUntil)
      }
    }
    if servers[server].breaker.state == .open {
      if servers[server].breaker.openUntil <= now {
        if asksOnTime {
          if servers[server].health != .down { askSoon(.version, server, at: now, &actions) }
        } else {
          servers[server].breaker.halfOpen()
          classify(server)
          isOther = true
        }
      } else {
        healthDue = min(healthDue, servers[server].breaker.openUntil)
      }
    }
    for instance in servers[server].instances.indices
    where servers[server].instances[instance].breaker.state == .open {
      if servers[server].instances[instance].breaker.openUntil <= now {
        servers[server].instances[instance].breaker.halfOpen()
        isOther = true
      } else {
        healthDue = min(healthDue, servers[server].instances[instance].breaker.openUntil)
      }
    }
    if !asksOnTime, servers[server].health == .down {
      // Nobody asks it: a request will.
      if servers[server].versionQuestion.dueAt <= now {
        servers[server].health = .unknown
        classify(server)
        isOther = true
      } else {
        healthDue = min(healthDue, servers[server].versionQuestion.dueAt)
      }
    }
    return isOther
  }
}
