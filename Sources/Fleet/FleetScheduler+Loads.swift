/// Loads, which the gateway owns where it can: one for each instance, which all who wait for it share, and which does not end as
/// the first of them leaves.
extension FleetScheduler {
  /// What a load would take, in seconds.
  struct LoadPlan {
    /// Until what must end before has ended.
    var begins = 0.0
    var takes = 0.0
    /// To bring back what goes, as far as it is wanted back.
    var evictions = 0.0
    /// The instances that go, by their places: a server has no more than 64.
    var goes: UInt64 = 0
    /// Whether all of these are idle, and no other load is under way.
    var canBegin = true
  }

  func plan(_ weights: Int, on server: Int, at now: Instant) -> LoadPlan {
    var plan = LoadPlan(takes: servers[server].weights[weights].loadTime.value)
    var others = 0
    var bytes = memory(of: weights, on: server)
    for place in servers[server].instances.indices where servers[server].instances[place].phase != .gone {
      if goes(place, for: weights, on: server) {
        evict(place, on: server, &plan, at: now)
      } else {
        others += 1
        bytes += memory(of: place, of: server)
      }
    }
    while others > 0, isTooMuch(others + 1, bytes, on: server) {
      let next = surplus(plan.goes, on: server, at: now)
      guard next >= 0 else { break }
      evict(next, on: server, &plan, at: now)
      others -= 1
      bytes -= memory(of: next, of: server)
    }
    // Ollama loads one after the other.
    if servers[server].loading >= 0 {
      plan.begins = max(plan.begins, servers[server].instances[servers[server].loading].loadRest(at: now))
      plan.canBegin = false
    }
    return plan
  }

  private func evict(_ instance: Int, on server: Int, _ plan: inout LoadPlan, at now: Instant) {
    plan.goes |= 1 << UInt64(instance)
    if !servers[server].instances[instance].running.isEmpty {
      plan.begins = max(plan.begins, servers[server].instances[instance].lastEnd(at: now))
      plan.canBegin = false
    }
    let weights = servers[server].instances[instance].weights
    let rate = servers[server].weights[weights].arrivalRate(at: now)
    plan.evictions += servers[server].weights[weights].loadTime.value * min(1, rate * 60)
    // What is to stay goes only where there is no other place.
    if isPinned(weights, on: server) { plan.evictions += Self.pinWorth }
  }

  private static let pinWorth = 600.0

  /// Whether an instance leaves memory for certain weights: one of the same with other options does, and one that did before.
  private func goes(_ instance: Int, for weights: Int, on server: Int) -> Bool {
    let other = servers[server].instances[instance].weights
    if other == weights { return true }
    return !servers[server].evictions.isEmpty
      && servers[server].evictions.contains(ServerState.pair(other, weights))
  }

  /// Whether so many models of so many bytes have no room: the operator says so, or it was seen.
  private func isTooMuch(_ count: Int, _ bytes: Int, on server: Int) -> Bool {
    if let limit = servers[server].server.maxLoaded, count > limit { return true }
    // What one had no room for, others have none for either, until they show that they have.
    let tooMuch = servers[server].tooMuch == .max ? self.tooMuch : servers[server].tooMuch
    return bytes >= tooMuch && bytes > servers[server].capacitySeen
  }

  /// Which goes next where room is short: one that is idle, the longest so, else the one that is idle first; one that is to stay last.
  private func surplus(_ gone: UInt64, on server: Int, at now: Instant) -> Int {
    var chosen = (place: -1, ends: 0.0)
    for place in servers[server].instances.indices
    where servers[server].instances[place].phase != .gone && gone & (1 << UInt64(place)) == 0 {
      var ends = servers[server].instances[place].lastEnd(at: now)
      if isPinned(servers[server].instances[place].weights, on: server) { ends += Self.pinWorth }
      let isSooner =
        chosen.place < 0 || ends < chosen.ends
        || (ends == chosen.ends
          && servers[server].instances[place].usedAt < servers[server].instances[chosen.place].usedAt)
      if isSooner { chosen = (place, ends) }
    }
    return chosen.place
  }

  /// Bytes that an instance takes, as it was seen or from its file.
  private func memory(of instance: Int, of server: Int) -> Int {
    memory(of: servers[server].instances[instance].weights, on: server)
  }

  func memory(of weights: Int, on server: Int) -> Int {
    let seen = servers[server].weights[weights].memory
    return min(seen > 0 ? seen : servers[server].weights[weights].size, 1 << 50)
  }

  /// Whether a load can begin: none is under way, and what must go is idle.
  func canLoad(_ weights: Int, on server: Int, at now: Instant) -> Bool {
    // Of a server that has just come, it is asked first what is in memory.
    if servers[server].lookedAt == .past, servers[server].loadedQuestion.askedAt != nil { return false }
    return servers[server].loading < 0 && plan(weights, on: server, at: now).canBegin
  }

  /// Whether requests of the resident models are let pass for now, before one that needs a load.
  func isPatient(_ request: RequestState, _ place: Place, at now: Instant) -> Bool {
    now.seconds(since: request.submittedAt) < patience(place.weights, on: place.server)
  }

  private func patience(_ weights: Int, on server: Int) -> Double {
    max(
      seconds.swapPatience, policy.swapPatienceInLoads * servers[server].weights[weights].loadTime.value)
  }

  /// For how many seconds a request that needs a load lets others pass, as it seems: until those have been served that wait for what the
  /// load would take the place of, with those that come meanwhile, and no longer than it is patient.
  func patience(of request: Int, for instance: Int, on server: Int, at now: Instant) -> Double {
    let weights = servers[server].instances[instance].weights
    let plan = plan(weights, on: server, at: now)
    var work = 0.0
    var rest = plan.goes
    while rest != 0 {
      let other = rest.trailingZeroBitCount
      rest &= rest &- 1
      work = max(work, passingWork(of: other, before: weights, on: server, at: now))
    }
    guard work > 0 else { return 0 }
    let patience = patience(weights, on: server) - now.seconds(since: requests[request].submittedAt)
    return min(max(patience, 0), plan.begins + work)
  }

  /// Seconds until all that wait for an instance have been served from when its first slot is free, with those that come meanwhile and
  /// want other weights than those that wait for the load: what options others of the same will have nobody knows.
  private func passingWork(
    of instance: Int, before weights: Int, on server: Int, at now: Instant
  ) -> Double {
    let waiting = servers[server].instances[instance].waiting
    guard waiting > 0 else { return 0 }
    let its = servers[server].instances[instance].weights
    let held = servers[server].instances[instance].held
    let known = servers[server].instances[instance].time
    let each =
      held > 0
      ? servers[server].instances[instance].heldWork / Double(held)
      : known.isGuess ? servers[server].weights[its].time.value : known.value
    let slots = Double(max(servers[server].instances[instance].slots.known, 1))
    let share =
      its == weights ? 0 : servers[server].weights[its].arrivalRate(at: now) * max(each, 0.01) / slots
    return share < 1 ? Double(waiting) * max(each, 0.01) / slots / (1 - share) : .infinity
  }

  /// Whether a server's loads are the requests' own.
  func leavesLoads(_ server: Int) -> Bool {
    !policy.isQueueing || !servers[server].ownsLoads || (server == sole && !policy.ownsLoadsOfSoleServer)
  }

  // MARK: Begin and end

  /// - Returns: the instance that is loaded; -1 where there is no room for its record.
  mutating func beginLoad(
    _ request: Int, _ place: Place, at now: Instant, _ actions: inout [FleetAction]
  ) -> Int {
    let state = requests[request]
    let instance = instance(
      place.weights, state.options, fits: state.fitsContext, on: place.server, at: now)
    guard instance >= 0 else { return -1 }
    let id = beginOwnLoad(
      instance, on: place.server, options: state.options, promptHash: state.promptHash, at: now)
    actions.append(
      .load(
        FleetLoad(
          id: id, server: servers[place.server].server.id, model: models[state.model].name,
          options: state.options,
          ticket: requests.ticket(request))))
    return instance
  }

  /// A load of the gateway's begins, which ``FleetAction/load(_:)`` is to ask for.
  mutating func beginOwnLoad(
    _ instance: Int, on server: Int, options: FleetRunnerOptions, promptHash: UInt64, isPin: Bool = false,
    at now: Instant
  ) -> FleetLoadID {
    loadIDs &+= 1
    let id = FleetLoadID(number: loadIDs)
    beginLoading(instance, on: server, options: options, at: now)
    servers[server].instances[instance].load = InstanceState.OwnedLoad(
      id: id, promptHash: promptHash, isPin: isPin)
    servers[server].loading = instance
    counters.loads += 1
    return id
  }

  /// A load begins, whoever's: what it takes the place of is gone.
  mutating func beginLoading(
    _ instance: Int, on server: Int, options: FleetRunnerOptions, at now: Instant
  ) {
    let weights = servers[server].instances[instance].weights
    let plan = plan(weights, on: server, at: now)
    countLoad(weights, on: server, isInMemory(weights, on: server) ? .options : .cold)
    for other in servers[server].instances.indices
    where other != instance && servers[server].instances[other].phase != .gone {
      guard plan.goes & (1 << UInt64(other)) != 0, servers[server].instances[other].load == nil else {
        continue
      }
      vanish(other, on: server)
      servers[server].instances[other].isPresumedGone = true
    }
    servers[server].instances[instance].phase = .loading
    servers[server].instances[instance].isForeign = false
    servers[server].instances[instance].options = options
    servers[server].instances[instance].contextLength = nil
    servers[server].instances[instance].loadingAt = now
    servers[server].instances[instance].loadTakes = plan.takes
    servers[server].instances[instance].loads += 1
  }

  private func isInMemory(_ weights: Int, on server: Int) -> Bool {
    servers[server].instances.contains { $0.weights == weights && $0.phase == .resident }
  }

  /// Models beyond the bound are counted together.
  mutating func countLoad(_ weights: Int, on server: Int, _ reason: FleetLoadCount.Reason) {
    let model = NameKey(servers[server].weights[weights].name)
    if countedModels.count < policy.countedModelLimit { countedModels.insert(model) }
    let isCounted = countedModels.contains(model)
    servers[server].count(ServerState.LoadKey(model: isCounted ? model : nil, reason: reason))
  }

  /// The instance is not in memory any more, and nothing of what it had cached.
  mutating func vanish(_ instance: Int, on server: Int) {
    servers[server].instances[instance].phase = .gone
    servers[server].instances[instance].epoch &+= 1
    if servers[server].loading == instance { servers[server].loading = -1 }
    servers[server].instances[instance].load = nil
    // The runner is gone, and with it what it still worked on for nobody.
    for place in servers[server].instances[instance].running.indices
    where servers[server].instances[instance].running[place].request < 0 {
      servers[server].instances[instance].running[place].endsAt = .past
      ghostDue = .past
    }
  }

  mutating func becomeResident(_ instance: Int, on server: Int, at now: Instant) {
    servers[server].instances[instance].phase = .resident
    servers[server].instances[instance].epoch &+= 1
    servers[server].instances[instance].residentAt = now
    servers[server].instances[instance].usedAt = now
    // There was room for it after all.
    servers[server].instances[instance].pausedUntil = .past
    servers[server].instances[instance].slots.unsettle()
    servers[server].instances[instance].load = nil
    if servers[server].loading == instance { servers[server].loading = -1 }
  }

  /// The speed of one load is the first guess for all others, of its server before those of others.
  mutating func learnLoad(_ weights: Int, on server: Int, took: Double) {
    servers[server].weights[weights].loadTime.add(took, weight: seconds.smoothing)
    let bytes = servers[server].weights[weights].size
    guard bytes > 0, took > policy.shortestLoad.inSeconds else { return }
    servers[server].loadRate.add(Double(bytes) / took, weight: seconds.smoothing)
    loadRate.add(Double(bytes) / took, weight: seconds.smoothing)
    for server in servers.indices {
      for weights in servers[server].weights.indices { guessLoad(weights, on: server) }
    }
  }

  func guessedLoadRate(on server: Int) -> Double {
    servers[server].loadRate.isGuess ? loadRate.value : servers[server].loadRate.value
  }

  mutating func guessLoad(_ weights: Int, on server: Int) {
    let rate = guessedLoadRate(on: server)
    servers[server].weights[weights].guessLoad(rate: rate, policy)
  }

  /// A load of the gateway's is over.
  mutating func loadEnded(
    _ id: FleetLoadID, _ error: FleetFailure?, on server: Int, at now: Instant, _ actions: inout [FleetAction]
  ) {
    guard let instance = servers[server].instances.firstIndex(where: { $0.load?.id == id }) else { return }
    let weights = servers[server].instances[instance].weights
    guard let error else {
      let took = now.seconds(since: servers[server].instances[instance].loadingAt)
      learnLoad(weights, on: server, took: max(took, 0))
      becomeResident(instance, on: server, at: now)
      servers[server].instances[instance].isUnseen = true
      servers[server].heardAt = now
      askSoon(.loaded, server, at: now, &actions)
      scan(at: now, &actions)
      return
    }
    counters.loadsFailed += 1
    let prompt = servers[server].instances[instance].load?.promptHash ?? 0
    vanish(instance, on: server)
    let pause = error == .outOfMemory ? policy.outOfMemoryPause : policy.failedLoadPause
    servers[server].instances[instance].pausedUntil = now.after(pause.inSeconds)
    pinFailed(weights, on: server, error, &actions)
    if error == .unreachable { markDown(server, at: now, &actions) }
    if error == .modelNotFound { lose(weights, on: server, at: now, &actions) }
    if servers[server].instances[instance].breaker.failed(prompt, policy, &jitter, at: now) {
      counters.breakerOpenings += 1
      healthDue = min(healthDue, servers[server].instances[instance].breaker.openUntil)
    }
    scan(at: now, &actions)
  }

  /// A request has left that waited for an instance: a load that nobody waits for is given up where it has hardly begun.
  mutating func abandonLoad(_ instance: Int, on server: Int, at now: Instant, _ actions: inout [FleetAction])
  {
    guard servers[server].instances[instance].waiting <= 0,
      let load = servers[server].instances[instance].load,
      !load.isPin,
      now.seconds(since: servers[server].instances[instance].loadingAt)
        < servers[server].instances[instance].loadTakes * 0.1,
      !isWanted(instance, on: server)
    else { return }
    vanish(instance, on: server)
    counters.loadsCancelled += 1
    actions.append(.cancelLoad(servers[server].server.id, load.id))
    soonScan(at: now)
  }

  /// Whether any of those that wait could be served by an instance, whatever it was seen to wait for last.
  private func isWanted(_ instance: Int, on server: Int) -> Bool {
    let weights = servers[server].instances[instance].weights
    return requests.active.contains { lane in
      let key = requests.lanes[Int(lane)].key
      let first = Int(requests.lanes[Int(lane)].first)
      guard first >= 0, key.model >= 0, key.servers.contains(server),
        models[key.model].weights(on: server) == weights
      else { return false }
      return find(weights, key.options, fits: requests[first].fitsContext, on: server) == instance
    }
  }
}
