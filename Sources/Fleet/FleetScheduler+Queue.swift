internal import System

/// Who waits. Flows take turns (see ``FlowTable``), as far as whose turn it is can be served: a request whose cheapest place is busy
/// holds it, which makes that place dearer for those behind, and these pass it where others are cheaper.
extension FleetScheduler {
  /// Whether a request could be sent to a place now.
  enum Start {
    case now
    /// Over the known slots, to learn them.
    case probe
    /// Its load can begin.
    case load
    case no
  }

  func start(_ place: Place, at now: Instant) -> Start {
    if place.isUngated || !policy.isQueueing { return .now }
    let server = place.server
    if place.isLastResort {
      return mayResort(to: server, at: now) && hasKnownSlot(place.instance, on: server) ? .now : .no
    }
    guard servers[server].busyUntil <= now,
      servers[server].breaker.state != .halfOpen || servers[server].breaker.trials == 0,
      servers[server].inFlight < servers[server].server.maxInFlight ?? .max
    else { return .no }
    guard place.instance >= 0, servers[server].instances[place.instance].phase != .gone else {
      if leavesLoads(server) { return hasRoom(place, at: now) ? .now : .no }
      return canLoad(place.weights, on: server, at: now) ? .load : .no
    }
    let instance = place.instance
    if servers[server].instances[instance].breaker.state == .halfOpen,
      !servers[server].instances[instance].running.isEmpty
    {
      return .no
    }
    if servers[server].instances[instance].load != nil { return .no }
    if servers[server].isSwapDue, servers[server].swapInstance != instance { return .no }
    let running = servers[server].instances[instance].running.count
    if running < servers[server].instances[instance].slots.known { return .now }
    return running < slotLimit(instance, on: server, at: now) ? .probe : .no
  }

  private func hasKnownSlot(_ instance: Int, on server: Int) -> Bool {
    guard instance >= 0 else { return true }
    return servers[server].instances[instance].running.count < servers[server].instances[instance].slots.known
  }

  /// Whether an instance that is not in memory has no more requests than it would run: they wait for it in Ollama.
  private func hasRoom(_ place: Place, at now: Instant) -> Bool {
    guard place.instance >= 0 else { return true }
    let running = servers[place.server].instances[place.instance].running.count
    return running < slotLimit(place.instance, on: place.server, at: now)
  }

  func slotLimit(_ instance: Int, on server: Int, at now: Instant) -> Int {
    let time = servers[server].instances[instance].time
    let isShort = !time.isGuess && time.value < seconds.shortWork
    return servers[server].instances[instance].slots.limit(
      isSole: server == sole, isShort: isShort, seconds, at: now)
  }

  // MARK: To wait

  mutating func wait(_ request: Int, _ place: Place?, at now: Instant) {
    requests.enqueue(request, at: now)
    enterLane(request, place, at: now)
  }

  /// A request that is in the queue waits for a server from now on.
  mutating func enterLane(_ request: Int, _ place: Place?, at now: Instant) {
    requests[request].phase = .waiting
    requests[request].waitingSince = now
    let state = requests[request]
    requests.enterLane(
      request,
      RequestTable.LaneKey(
        model: state.model, options: state.options, servers: state.allowed.subtracting(state.tried),
        home: state.home, isEmbedding: state.kind == .embedding))
    if let place {
      hold(request, place, at: now)
      if place.instance >= 0 { lookAtStreams(of: place.instance, on: place.server, at: now) }
    }
    if state.deadline < limitDue { limitDue = state.deadline }
    if scanDue == .never { scanDue = now.after(1) }
    if state.isTold, tellDue == .never {
      tellDue = max(now.after(0.01), state.submittedAt.after(seconds.tellAfter))
    }
  }

  mutating func hold(_ request: Int, _ place: Place, at now: Instant) {
    let server = place.server
    var instance = place.instance
    let state = requests[request]
    if instance < 0, place.weights >= 0 {
      instance = self.instance(
        place.weights, state.options, fits: state.fitsContext, on: server, at: now)
    }
    let beside = instance >= 0 ? servers[server].instances[instance].slots.known : 1
    let work = time(of: state, place, beside: beside)
    want(request, server, instance)
    requests[request].isWorkGuess =
      state.kind == .generation && instance >= 0 && !servers[server].weights[place.weights].isDecodeRateKnown
    requests[request].heldWork = work
    requests[request].isHeldForLoad = place.needsLoad
    requests[request].expectedAt = now.after(place.wait + place.load)
    enterHold(request, load: place.load, isPatient: place.needsLoad ? isPatient(state, place, at: now) : true)
  }

  mutating func enterHold(_ request: Int, load: Double, isPatient: Bool) {
    let (server, instance) = (requests[request].heldServer, requests[request].heldInstance)
    guard server >= 0, instance >= 0 else { return }
    servers[server].instances[instance].held += 1
    servers[server].instances[instance].heldWork += requests[request].heldWork
    guard requests[request].isHeldForLoad else { return }
    if servers[server].swapInstance < 0 {
      servers[server].swapInstance = instance
      servers[server].swapWork += load
      servers[server].isSwapDue = !isPatient
    }
    servers[server].swapWork += requests[request].heldWork
  }

  /// From now on a request waits for another place than before; -1 for none. What is counted so is of the whole queue: of what is
  /// held, each look counts those alone that it looks at.
  private mutating func want(_ request: Int, _ server: Int, _ instance: Int) {
    let (oldServer, oldInstance) = (requests[request].heldServer, requests[request].heldInstance)
    guard oldServer != server || oldInstance != instance else { return }
    requests[request].heldServer = server
    requests[request].heldInstance = instance
    count(-1, oldServer, oldInstance)
    count(1, server, instance)
  }

  private mutating func count(_ change: Int, _ server: Int, _ instance: Int) {
    guard server >= 0 else { return }
    servers[server].waiting += change
    guard instance >= 0, instance < servers[server].instances.count else { return }
    servers[server].instances[instance].waiting += change
  }

  /// The record of an instance is another's from now on: who waits for it is to be looked at anew.
  mutating func forgetHolds(of instance: Int, on server: Int) {
    var next = requests.first
    while next >= 0 {
      let request = Int(next)
      next = requests[request].next
      if requests[request].heldServer == server, requests[request].heldInstance == instance {
        want(request, -1, -1)
      }
    }
  }

  /// What a request holds is let go.
  mutating func release(hold request: Int) {
    let (server, instance) = (requests[request].heldServer, requests[request].heldInstance)
    guard server >= 0 else { return }
    want(request, -1, -1)
    guard instance >= 0, instance < servers[server].instances.count else { return }
    let work = requests[request].heldWork
    servers[server].instances[instance].held = max(servers[server].instances[instance].held - 1, 0)
    servers[server].instances[instance].heldWork = max(servers[server].instances[instance].heldWork - work, 0)
    guard requests[request].isHeldForLoad else { return }
    servers[server].swapWork = max(servers[server].swapWork - work, 0)
    guard servers[server].swapInstance == instance, servers[server].instances[instance].held == 0 else {
      return
    }
    servers[server].swapInstance = -1
    servers[server].isSwapDue = false
    servers[server].swapWork = 0
  }

  mutating func soonScan(at now: Instant) {
    if requests.count > 0 { scanDue = min(scanDue, now.after(0.01)) }
  }

  // MARK: Refused

  /// No server could take it: those that could have are gone.
  mutating func refuseUnserved(_ request: Int, at now: Instant, _ actions: inout [FleetAction]) {
    let isKnown = requests[request].model < 0 || !models[requests[request].model].holders.isEmpty
    refuse(request, isKnown ? noServer(for: requests[request]) : .noServerHasModel, &actions)
  }

  mutating func refuse(_ request: Int, _ refusal: FleetRefusal, _ actions: inout [FleetAction]) {
    actions.append(.refuse(requests.ticket(request), refusal))
    counters.refused[refusal, default: 0] += 1
    release(hold: request)
    requests.dequeue(request)
    endRequest(request)
  }

  // MARK: Limits of waiting

  mutating func endWaits(at now: Instant, _ actions: inout [FleetAction]) {
    var earliest = Instant.never
    var next = requests.first
    while next >= 0 {
      let request = Int(next)
      next = requests[request].next
      if requests[request].deadline <= now {
        if requests[request].phase == .looking { looking -= 1 }
        refuse(request, .timedOut, &actions)
      } else {
        earliest = min(earliest, requests[request].deadline)
      }
    }
    // Not more often than each 20 ms, as all are looked at.
    limitDue = earliest == .never ? .never : max(earliest, now.after(0.02))
  }
}
