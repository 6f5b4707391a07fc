package import System

/// The list of servers.
extension FleetScheduler {
  /// From now on these are the servers, in the operator's order. What is known of those that stay is kept. A server that is not
  /// among them any more gets nothing new, finishes what it has, and is forgotten then; requests that wait go to the others. Of an
  /// identifier that is there twice the first counts.
  package mutating func use(_ list: [FleetServer], at time: MonotonicTime) -> [FleetAction] {
    let now = time.nanoseconds
    var actions: [FleetAction] = []
    let ids = Set(list.map(\.id))
    homeless = []
    for server in servers.indices
    where !servers[server].isVacant && !servers[server].isLeaving && !ids.contains(servers[server].server.id)
    {
      servers[server].isLeaving = true
      places[servers[server].server.id] = nil
      classify(server)
      forgetIfGone(server)
    }
    var seen: Set<FleetServerID> = []
    for (rank, server) in list.enumerated() where seen.insert(server.id).inserted {
      if let place = places[server.id] {
        change(place, server, rank: rank, at: now)
      } else {
        add(server, rank: rank, at: now)
      }
    }
    relist()
    if asksOnTime { checkHealth(at: now, &actions) }
    if sole >= 0 { endAllLookups(at: now, &actions) }
    scan(at: now, &actions)
    return actions
  }

  private mutating func change(_ place: Int, _ server: FleetServer, rank: Int, at now: Instant) {
    let old = servers[place].server
    servers[place].server = server
    servers[place].rank = rank
    if old.parallel != server.parallel {
      for instance in servers[place].instances.indices {
        servers[place].instances[instance].slots = SlotKnowledge(configured: server.parallel, at: now)
      }
    }
    pin(server.pins, on: place)
    guard old.models != server.models else { return }
    isUnservedDue = true
    for model in models.entries.indices where models[model].listed.contains(place) {
      models[model].holders.set(place, server.models.allows(models[model].name))
    }
  }

  private mutating func add(_ server: FleetServer, rank: Int, at now: Instant) {
    let place: Int
    if let vacant = servers.firstIndex(where: { $0.isVacant }) {
      place = vacant
      servers[place] = ServerState(server, rank: rank)
    } else if servers.count < FleetPolicy.serverLimit {
      place = servers.count
      servers.append(ServerState(server, rank: rank))
    } else {
      homeless.append((server, rank))
      return
    }
    places[server.id] = place
    servers[place].foreign.guess(0)
    pin(server.pins, on: place)
    servers[place].workedAt = now
    classify(place)
    // What is in memory is asked for when the list has come, which tells what that is.
    servers[place].loadedQuestion.dueAt = now.after(policy.loadedInterval.inSeconds)
  }

  mutating func relist() {
    tiers = Set(places.values.map { servers[$0].server.tier }).sorted()
    sole = places.count == 1 && homeless.isEmpty ? places.values.first ?? -1 : -1
    let isBounded =
      sole >= 0
      && (servers[sole].server.parallel != nil || servers[sole].server.maxInFlight != nil
        || !servers[sole].server.pins.isEmpty || policy.fitsContext)
    unmanaged = policy.managesSoleServer || isBounded ? -1 : sole
    fleetSlots = max(usable.count, 1)
  }

  /// A server that has left is forgotten when nothing of it is under way. One that waits for a place gets it with the next list or
  /// the next observation.
  mutating func forgetIfGone(_ server: Int) {
    guard servers[server].isLeaving, !servers[server].isVacant, servers[server].inFlight == 0 else { return }
    for model in models.entries.indices {
      models[model].listed.set(server, false)
      models[model].holders.set(server, false)
      models[model].unheard.set(server, false)
      if server < models[model].weights.count { models[model].weights[server] = -1 }
      models.forgetIfUnused(model)
    }
    for request in requests.requests.indices where requests[request].phase != .free {
      requests[request].allowed.set(server, requests[request].allowed == .all)
      requests[request].tried.set(server, false)
      if requests[request].heldServer == server {
        requests[request].heldServer = -1
        requests[request].heldInstance = -1
      }
      if requests[request].home == server { requests[request].home = -1 }
    }
    servers[server].isVacant = true
    servers[server].waiting = 0
    servers[server].weights = []
    servers[server].instances = []
    servers[server].evictions = []
    servers[server].pins = []
    classify(server)
    guard !homeless.isEmpty else { return }
    // Its questions are asked at the next tick.
    let next = homeless.removeFirst()
    servers[server] = ServerState(next.server, rank: next.rank)
    places[next.server.id] = server
    pin(next.server.pins, on: server)
    classify(server)
    relist()
    healthDue = .past
  }

  /// The server gets nothing new from now on, and finishes what it has. Harmless where there is no such server.
  package mutating func drain(_ id: FleetServerID, at time: MonotonicTime) -> [FleetAction] {
    setDraining(id, true, at: time.nanoseconds)
  }

  /// Ends ``drain(_:at:)``.
  package mutating func resume(_ id: FleetServerID, at time: MonotonicTime) -> [FleetAction] {
    setDraining(id, false, at: time.nanoseconds)
  }

  /// The server is shown other credentials from now on: that it has refused those before says nothing. Harmless where there is no
  /// such server.
  package mutating func loginChanged(_ id: FleetServerID, at time: MonotonicTime) -> [FleetAction] {
    let now = time.nanoseconds
    guard let server = places[id], servers[server].refusesCredentials else { return [] }
    var actions: [FleetAction] = []
    servers[server].refusesCredentials = false
    servers[server].breaker = Breaker()
    classify(server)
    askSoon(.version, server, at: now, &actions)
    scan(at: now, &actions)
    return actions
  }

  private mutating func setDraining(_ id: FleetServerID, _ isDraining: Bool, at now: Instant) -> [FleetAction]
  {
    guard let server = places[id], servers[server].isDraining != isDraining else { return [] }
    servers[server].isDraining = isDraining
    classify(server)
    var actions: [FleetAction] = []
    scan(at: now, &actions)
    return actions
  }
}
