package import System

/// The life of a request.
extension FleetScheduler {
  /// A request comes. The actions are others' and beside the decision.
  package mutating func submit(
    _ new: FleetRequest, at time: MonotonicTime
  ) -> (FleetTicket, FleetDecision, [FleetAction]) {
    let now = time.nanoseconds
    var actions: [FleetAction] = []
    counters.submitted += 1
    budget.count(at: now)
    let request = requests.make()
    let ticket = requests.ticket(request)
    if let refusal = fill(request, new, at: now) {
      return (ticket, .refused(refuseNew(request, refusal)), actions)
    }
    if mayBeFound(request) {
      return (ticket, lookUp(request, at: now, &actions), actions)
    }
    guard let place = choose(request, at: now) else {
      let state = requests[request]
      let isMissing = state.model >= 0 && eligibleIgnoringDrain(state).isEmpty
      return (
        ticket, .refused(refuseNew(request, isMissing ? .noServerHasModel : noServer(for: state))), actions
      )
    }
    if place.instance >= 0 { servers[place.server].instances[place.instance].seeStreams(seconds, at: now) }
    let start = start(place, at: now)
    let canStart = start == .now || start == .probe
    if canStart, place.isUngated || !areOthersWaiting(beside: request) {
      return (ticket, .granted(send(request, place, at: now)), actions)
    }
    if let refusal = crowd(request) {
      return canStart
        ? (ticket, .granted(send(request, place, at: now)), actions)
        : (ticket, .refused(refuseNew(request, refusal)), actions)
    }
    wait(request, place, at: now)
    // A load begins, unless requests of what it takes the place of should pass before. And what looks dear for those of other flows
    // that wait may be near for this one, whose turn comes before theirs.
    guard start != .no else { return (ticket, .waiting, actions) }
    scan(of: place.server, at: now, &actions)
    return (ticket, takeDecision(of: ticket, &actions), actions)
  }

  private func areOthersWaiting(beside request: Int) -> Bool {
    requests.count > 0 && requests.count > requests.flows.waiting(of: requests[request].flow)
  }

  /// What a scan has decided of a request.
  func takeDecision(of ticket: FleetTicket, _ actions: inout [FleetAction]) -> FleetDecision {
    for (index, action) in actions.enumerated() {
      switch action {
      case .grant(ticket, let grant):
        actions.remove(at: index)
        return .granted(grant)
      case .refuse(ticket, let refusal):
        actions.remove(at: index)
        return .refused(refusal)
      default: continue
      }
    }
    return .waiting
  }

  private func eligibleIgnoringDrain(_ request: RequestState) -> ServerSet {
    guard request.model >= 0 else { return .all }
    if sole >= 0 { return servers[sole].server.models.allows(models[request.model].name) ? .all : .none }
    return models[request.model].holders.intersection(request.allowed)
  }

  /// Takes in what is asked for, and bounds it.
  private mutating func fill(_ request: Int, _ new: FleetRequest, at now: Instant) -> FleetRefusal? {
    orders &+= 1
    var state = RequestState()
    state.generation = requests[request].generation
    state.phase = .sent
    state.kind = new.kind
    state.options = new.options
    state.fitsContext = new.fitsContext && policy.fitsContext
    state.promptTokens = min(max(new.promptTokens, 0), 1_000_000_000)
    state.conversation = new.conversation
    state.flow = new.flow
    state.band = new.band
    state.weight = new.weight
    state.promptHash = new.promptHash
    state.isPrivileged = new.isPrivileged
    state.isStreamed = new.isStreamed
    state.isRetryable = new.isRetryable
    state.prefersListOrder = new.prefersListOrder
    state.isTold = new.isTold
    state.submittedAt = now
    state.order = orders
    if let limit = new.waitLimit ?? policy.waitLimit {
      let shortest = min(limit.inSeconds, (policy.waitLimit ?? limit).inSeconds)
      state.deadline = now.after(max(shortest, 0))
    }
    if let allowed = new.allowed {
      state.allowed = set(of: allowed)
    }
    var isFull = false
    if new.kind != .general, let model = new.model {
      state.model = models.intern(model, limit: policy.nameLimit) ?? -1
      isFull = state.model < 0
    }
    if state.model >= 0 {
      models[state.model].users += 1
      state.outputLimit = min(max(new.outputLimit ?? -1, -1), 1 << 30)
      state.outputTokens = expectedOutput(state, limit: new.outputLimit)
      findHome(&state, at: now)
      if let prompt = new.prompt { findHomes(request, &state, prompt, at: now) }
    }
    requests[request] = state
    return isFull ? .queueFull : present.isEmpty ? noServer(for: state) : nil
  }

  /// The servers of these numbers: nearly all requests come with the same list.
  private mutating func set(of allowed: [FleetServerID]) -> ServerSet {
    if allowed == lastAllowed.ids { return lastAllowed.servers }
    var set = ServerSet.none
    for id in allowed {
      if let place = places[id] { set.set(place, true) }
    }
    lastAllowed = (allowed, set)
    return set
  }

  /// Why none of the servers that could take a request gets new work.
  func noServer(for state: RequestState) -> FleetRefusal {
    let holders = state.model < 0 ? ServerSet.none : models[state.model].holders
    let able = state.allowed.intersection(holders.isEmpty ? .all : holders)
    let areDrained = servers.indices.contains {
      able.contains($0) && servers[$0].isDraining && !servers[$0].isLeaving && !servers[$0].isVacant
    }
    return areDrained ? .serversAreDrained : .noServerIsUp
  }

  /// Why a request may not wait; nil where it may.
  func crowd(_ request: Int) -> FleetRefusal? {
    if requests.count >= policy.waitingLimit { return .queueFull }
    guard !requests[request].isPrivileged else { return nil }
    let share = Int(Double(policy.waitingLimit) * min(max(policy.flowShare, 0), 1))
    return requests.flows.waiting(of: requests[request].flow) >= max(share, 1) ? .overShare : nil
  }

  mutating func refuseNew(_ request: Int, _ refusal: FleetRefusal) -> FleetRefusal {
    counters.refused[refusal, default: 0] += 1
    endRequest(request)
    return refusal
  }

  /// A request is over.
  mutating func endRequest(_ request: Int) {
    let model = requests[request].model
    requests.end(request)
    guard model >= 0 else { return }
    models[model].users -= 1
    models.forgetIfUnused(model)
  }

  /// The first byte of content has come, which Ollama sends with the first token: the request stays where it is from now on, its model
  /// is in memory there, and streams that have begun side by side prove slots. Once a request is enough. A head alone proves nothing:
  /// what stands before an Ollama may send one at once.
  ///
  /// - Parameter isError: whether it is no content that a model has made.
  package mutating func contentBegan(_ ticket: FleetTicket, isError: Bool = false, at time: MonotonicTime) {
    let now = time.nanoseconds
    guard let request = requests.find(ticket), requests[request].phase == .sent,
      requests[request].server >= 0, !requests[request].hasContent
    else { return }
    requests[request].hasContent = true
    requests[request].contentAt = now
    let (server, instance) = (requests[request].server, requests[request].instance)
    servers[server].heardAt = now
    guard !isError, instance >= 0, requests[request].runningPlace >= 0 else { return }
    if servers[server].instances[instance].phase == .loading, servers[server].instances[instance].load == nil
    {
      becomeResident(instance, on: server, at: now)
      soonScan(at: now)
    }
    guard requests[request].isStreamed, requests[request].kind == .generation, !requests[request].wasPaused
    else { return }
    let known = servers[server].instances[instance].slots.known
    servers[server].instances[instance].seeStreams(seconds, at: now)
    if servers[server].instances[instance].slots.known > known { soonScan(at: now) }
    requests[request].isGenerating = true
    servers[server].instances[instance].generating += 1
    servers[server].instances[instance].streamAt = now
    lookAtStreams(of: instance, on: server, at: now)
  }

  /// The transfer waits for its reader: from now on it proves nothing. Once a transfer is enough.
  package mutating func paused(_ ticket: FleetTicket, at time: MonotonicTime) {
    guard let request = requests.find(ticket), requests[request].phase == .sent, !requests[request].wasPaused
    else {
      return
    }
    stopGenerating(request)
    requests[request].wasPaused = true
  }

  mutating func stopGenerating(_ request: Int) {
    let (server, instance) = (requests[request].server, requests[request].instance)
    guard requests[request].isGenerating, server >= 0, instance >= 0 else { return }
    requests[request].isGenerating = false
    let generating = servers[server].instances[instance].generating
    servers[server].instances[instance].generating = max(generating - 1, 0)
  }

  // MARK: The end

  /// A request's server is done with it, whatever the outcome. Called once a grant. What has been passed on of a response stays
  /// with ``FleetFate/over``; nothing else does where a request moves or waits again:
  ///
  /// | outcome | what becomes of it |
  /// |---|---|
  /// | completed, passed on | over |
  /// | unreachable | the next server, outside the budget; this one is down until a probe says otherwise |
  /// | broken off, recalled | the next server, outside the budget, once: it may be what killed the server |
  /// | stale connection | the cheapest server, be it the same, outside the budget; the second time as broken off |
  /// | credentials refused | the next server |
  /// | busy | it waits, and this server gets nothing for a second, two, four… (the only server, or after a minute: over) |
  /// | runner died | the next server, once; counts against the instance |
  /// | out of memory | the next server; not here again for five minutes |
  /// | model not found | the next that has it; this server's list is asked for |
  /// | no first byte in time | the next server |
  /// | stalled | over |
  ///
  /// Over in any case after the first byte of content, after ``FleetPolicy/attemptLimit`` servers, where it may not be sent again,
  /// and where no other server that is well could take it (a stale connection: or the same one).
  package mutating func ended(
    _ ticket: FleetTicket, _ outcome: FleetOutcome, at time: MonotonicTime
  ) -> (FleetFate, [FleetAction]) {
    let now = time.nanoseconds
    guard let request = requests.find(ticket), requests[request].phase == .sent else { return (.over, []) }
    var actions: [FleetAction] = []
    let server = requests[request].server
    switch outcome {
    case .completed(let report):
      completed(request, report, at: now)
      leaveServer(request, at: now)
      endRequest(request)
    case .passedOn(let status):
      responded(request, at: now)
      settle(request, refusedWith: status, at: now)
      leaveServer(request, at: now)
      endRequest(request)
    case .failed(let failure):
      let state = requests[request]
      if state.isLastResort, state.server >= 0 {
        servers[state.server].resortAfter = now.after(Self.resortPause)
      }
      if state.hasContent { settleFailed(request, at: now) }
      leaveServer(request, at: now)
      let fate = failed(request, state, failure, at: now, &actions)
      return (fate, actions)
    }
    scan(of: server, at: now, &actions)
    return (.over, actions)
  }

  /// Seconds after which one that is ill is tried again.
  private static let resortPause = 1.0

  /// Who asked is gone, whether the request waits or has been sent. The ticket is over.
  package mutating func left(_ ticket: FleetTicket, at time: MonotonicTime) -> [FleetAction] {
    let now = time.nanoseconds
    guard let request = requests.find(ticket) else { return [] }
    var actions: [FleetAction] = []
    switch requests[request].phase {
    case .free: break
    case .looking, .waiting:
      if requests[request].phase == .looking { looking -= 1 }
      let (server, instance) = (requests[request].heldServer, requests[request].heldInstance)
      release(hold: request)
      requests.dequeue(request)
      endRequest(request)
      if instance >= 0 { abandonLoad(instance, on: server, at: now, &actions) }
      if server >= 0, servers[server].isSwapDue { soonScan(at: now) }
    case .sent:
      let isHaunted = haunts(request, at: now)
      let server = requests[request].server
      settleCut(request, at: now)
      leaveServer(request, isHaunted: isHaunted, at: now)
      endRequest(request)
      if !isHaunted { scan(of: server, at: now, &actions) }
    }
    return actions
  }
}
