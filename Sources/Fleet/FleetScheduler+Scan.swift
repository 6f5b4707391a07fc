/// The scan: what is free goes to those that wait.
extension FleetScheduler {
  /// Gives what is free to those that wait. Looks at the first of them in the order of their turns, and beyond at the first of each
  /// lane; of a lane's requests that were last seen to hold the same server it evaluates the first, second, fourth, eighth…
  mutating func scan(at now: Instant, _ actions: inout [FleetAction]) {
    scanDue = .never
    guard requests.count > 0 else { return }
    scans &+= 1
    openings &+= 1
    serve(nil, beginScan(at: now), at: now, &actions)
    if isUnservedDue { refuseUnserved(at: now, &actions) }
    // Without a queue all go at once, in slices.
    if requests.count > 0 { scanDue = min(scanDue, now.after(policy.isQueueing ? 1 : 0.001)) }
  }

  /// The same where something has changed at one server alone: of those that can begin nowhere all stays as it was found last. Once
  /// a second all are looked at all the same, and each time while one waits for a load, which is an affair of all models.
  mutating func scan(of server: Int, at now: Instant, _ actions: inout [FleetAction]) {
    guard requests.count > 0 else {
      scanDue = .never
      return
    }
    guard server >= 0, policy.isQueueing, scanDue > now, !isUnservedDue, sole < 0, !awaitsSwap else {
      return scan(at: now, &actions)
    }
    scans &+= 1
    openings &+= 1
    var open = openServers.intersection(present)
    // Whether anything is free there is seen line by line.
    open.set(server, present.contains(server) && takesMore(server, at: now))
    var lines: [Int32] = []
    swap(&lines, &servedLines)
    findLines(&lines, open, at: now)
    if lines.isEmpty { openServers = open } else { serve(lines, open, at: now, &actions) }
    swap(&lines, &servedLines)
  }

  /// Gives what is free to those that wait.
  ///
  /// - Parameters:
  ///   - lines: those of these alone; nil for all.
  ///   - open: servers where something could begin.
  private mutating func serve(
    _ lines: [Int32]?, _ open: ServerSet, at now: Instant, _ actions: inout [FleetAction]
  ) {
    var open = open
    var planned: [(request: Int, place: Place)] = []
    // Those looked at are taken out of the queue meanwhile.
    var order = FairOrder()
    swap(&order, &fairOrder)
    order.read(
      requests, lines, limit: Self.scanLength, patience: seconds.bandPatience, at: now)
    for request in order.requests.lazy.map({ Int($0) }) where requests[request].phase == .waiting {
      look(at: request, &open, &planned, at: now, &actions)
    }
    swap(&order, &fairOrder)
    let isAll = fairOrder.requests.count < Self.scanLength
    if !isAll, !open.isEmpty { lookAtLanes(of: lines, &open, &planned, at: now, &actions) }
    for (request, place) in planned where requests[request].phase == .waiting {
      guard canLoad(place.weights, on: place.server, at: now) else { continue }
      _ = beginLoad(request, place, at: now, &actions)
    }
    openServers = open
  }

  static let scanLength = 64

  /// All whose servers are gone are refused, so many in one go.
  private mutating func refuseUnserved(at now: Instant, _ actions: inout [FleetAction]) {
    isUnservedDue = false
    var rest = Self.refusalsAtOnce
    // A lane that is empty gives its place to the last, which has been looked at.
    var place = requests.active.count - 1
    while place >= 0 {
      let lane = Int(requests.active[place])
      while requests.lanes[lane].count > 0 {
        let first = Int(requests.lanes[lane].first)
        guard eligible(requests[first]).isEmpty else { break }
        guard rest > 0 else {
          isUnservedDue = true
          scanDue = now.after(0.001)
          return
        }
        rest -= 1
        refuseUnserved(first, at: now, &actions)
      }
      place -= 1
    }
  }

  private static let refusalsAtOnce = 256

  /// Forgets who holds what.
  ///
  /// - Returns: servers where something could begin.
  private mutating func beginScan(at now: Instant) -> ServerSet {
    var open = ServerSet.none
    var slots = 0
    var rest = present
    while let server = rest.popFirst() {
      servers[server].swapWork = 0
      servers[server].swapInstance = -1
      servers[server].isSwapDue = false
      for instance in servers[server].instances.indices {
        servers[server].instances[instance].held = 0
        servers[server].instances[instance].heldWork = 0
        if servers[server].instances[instance].phase == .resident {
          servers[server].instances[instance].seeStreams(seconds, at: now)
          lookAtStreams(of: instance, on: server, at: now)
          slots += servers[server].instances[instance].slots.known
        }
      }
      open.set(server, isOpen(server, at: now))
    }
    fleetSlots = max(slots, usable.count, 1)
    return open
  }

  /// Whether something could begin on a server: there is room in an instance, or one is idle and could go for another.
  private func isOpen(_ server: Int, at now: Instant) -> Bool {
    guard takesMore(server, at: now) else { return false }
    // One that is down may be all that there is.
    guard usable.contains(server) else { return mayResort(to: server, at: now) }
    var inMemory = 0
    for instance in servers[server].instances.indices
    where servers[server].instances[instance].phase != .gone {
      inMemory += 1
      guard servers[server].instances[instance].load == nil else { continue }
      let running = servers[server].instances[instance].running.count
      if running == 0 || running < slotLimit(instance, on: server, at: now) { return true }
    }
    if leavesLoads(server) { return true }
    return servers[server].loading < 0 && inMemory < servers[server].server.maxLoaded ?? .max
      && (inMemory == 0 || servers[server].evictions.isEmpty)
  }

  /// Whether one was seen to wait for a load.
  private var awaitsSwap: Bool {
    var rest = present
    while let server = rest.popFirst() { if servers[server].swapInstance >= 0 { return true } }
    return false
  }

  /// The lines of which a request could begin at an open server, as far as that is their model's affair; what they hold is let go.
  private mutating func findLines(_ lines: inout [Int32], _ open: ServerSet, at now: Instant) {
    lines.removeAll(keepingCapacity: true)
    guard !open.isEmpty else { return }
    for line in requests.flows.active {
      let model = Int(requests.flows.lines[Int(line)].key.model)
      guard mayBegin(model, open, at: now) else { continue }
      lines.append(line)
      forgetHeld(of: model)
    }
  }

  private func mayBegin(_ model: Int, _ open: ServerSet, at now: Instant) -> Bool {
    guard model >= 0 else { return true }
    var rest = open.intersection(models[model].holders)
    while let server = rest.popFirst() {
      let weights = models[model].weights(on: server)
      guard weights >= 0, usable.contains(server), !leavesLoads(server) else { return true }
      // What is not in memory may be loaded; where it is, and full, nothing of it may begin, with whatever options.
      var isInMemory = false
      var instances = servers[server].weights[weights].instances
      while instances != 0 {
        let instance = instances.trailingZeroBitCount
        instances &= instances &- 1
        guard servers[server].instances[instance].phase != .gone else { continue }
        isInMemory = true
        if servers[server].instances[instance].load == nil, hasFreeSlot(instance, on: server, at: now) {
          return true
        }
      }
      if !isInMemory { return true }
    }
    return false
  }

  private mutating func forgetHeld(of model: Int) {
    guard model >= 0 else { return }
    var rest = present.intersection(models[model].holders)
    while let server = rest.popFirst() {
      let weights = models[model].weights(on: server)
      guard weights >= 0 else { continue }
      var instances = servers[server].weights[weights].instances
      while instances != 0 {
        let instance = instances.trailingZeroBitCount
        instances &= instances &- 1
        servers[server].instances[instance].held = 0
        servers[server].instances[instance].heldWork = 0
      }
    }
  }

  /// Whether a server takes one more request of any model.
  private func takesMore(_ server: Int, at now: Instant) -> Bool {
    servers[server].busyUntil <= now
      && servers[server].inFlight < servers[server].server.maxInFlight ?? .max
      && (servers[server].breaker.state != .halfOpen || servers[server].breaker.trials == 0)
  }

  private mutating func look(
    at request: Int, _ open: inout ServerSet, _ planned: inout [(request: Int, place: Place)],
    at now: Instant,
    _ actions: inout [FleetAction]
  ) {
    let held = requests[request].heldServer
    let lane = Int(requests[request].lane)
    if requests.lanes[lane].scan != scans { requests.beginLane(lane, scan: scans) }
    let seen = requests.lanes[lane].seen
    let isSeen = held >= 0 && requests.lanes[lane].looked.contains(held) && seen & (seen - 1) != 0
    if policy.isQueueing, held >= 0, present.contains(held),
      isSeen || cannotBegin(request, lane, open, at: now)
    {
      holdAgain(request, at: now)
      requests.looked(lane, at: held)
      return
    }
    guard let place = choose(request, at: now) else {
      refuseUnserved(request, at: now, &actions)
      return
    }
    switch start(place, at: now) {
    case .now, .probe:
      let grant = send(request, place, at: now)
      actions.append(.grant(requests.ticket(request), grant))
      open.set(place.server, isOpen(place.server, at: now))
      openings &+= 1
    case .load:
      if isPatient(requests[request], place, at: now), hasPassable(place, at: now) {
        if !planned.contains(where: { $0.place.server == place.server }) { planned.append((request, place)) }
      } else if !planned.contains(where: { $0.place.server == place.server }) {
        let instance = beginLoad(request, place, at: now, &actions)
        open.set(place.server, isOpen(place.server, at: now))
        openings &+= 1
        var loading = place
        loading.instance = instance
        loading.needsLoad = false
        hold(request, loading, at: now)
        requests.looked(lane, at: place.server)
        return
      }
      hold(request, place, at: now)
      requests.looked(lane, at: place.server)
    case .no:
      hold(request, place, at: now)
      requests.looked(lane, at: place.server)
    }
  }

  /// Whether none of the servers that a request could go to has anything free for it: the same for all of its lane, until something
  /// has begun.
  private mutating func cannotBegin(_ request: Int, _ lane: Int, _ open: ServerSet, at now: Instant) -> Bool {
    guard !open.isEmpty else { return true }
    if requests.lanes[lane].openings != openings {
      requests.learned(lane, canBegin: canBegin(request, open, at: now), openings: openings)
    }
    return !requests.lanes[lane].canBegin
  }

  private func canBegin(_ request: Int, _ open: ServerSet, at now: Instant) -> Bool {
    let allowed = requests[request].allowed.subtracting(requests[request].tried)
    let model = requests[request].model
    var rest = eligible(model: model, allowed).intersection(open)
    while let server = rest.popFirst() {
      let weights = model >= 0 ? models[model].weights(on: server) : -1
      guard weights >= 0, usable.contains(server), !leavesLoads(server) else { return true }
      let options = requests[request].options
      let instance = find(weights, options, on: server)
      if hasFreeSlot(instance, on: server, at: now) { return true }
      guard instance < 0 || servers[server].instances[instance].phase == .gone else { continue }
      if canLoad(weights, on: server, at: now) { return true }
      // Those of a lane that fit into more context may begin there.
      if hasFreeSlot(find(weights, options, fits: true, on: server), on: server, at: now) { return true }
    }
    return false
  }

  private func hasFreeSlot(_ instance: Int, on server: Int, at now: Instant) -> Bool {
    guard instance >= 0, servers[server].instances[instance].phase != .gone else { return false }
    let running = servers[server].instances[instance].running.count
    return running < servers[server].instances[instance].slots.known
      || running < slotLimit(instance, on: server, at: now)
  }

  /// Whether others could still be served by what a load would take the place of.
  private func hasPassable(_ place: Place, at now: Instant) -> Bool {
    servers[place.server].instances.contains { $0.phase == .resident }
  }

  /// A request holds what it held, without a look at what else there is.
  private mutating func holdAgain(_ request: Int, at now: Instant) {
    let server = requests[request].heldServer
    let instance = requests[request].heldInstance
    var load = 0.0
    var isPatient = true
    if instance >= 0, instance < servers[server].instances.count {
      if requests[request].isWorkGuess { renewWork(of: request) }
      let isGone = servers[server].instances[instance].phase == .gone
      requests[request].isHeldForLoad = isGone
      if isGone {
        let weights = servers[server].instances[instance].weights
        load = servers[server].weights[weights].loadTime.value
        let place = Place(server: server, instance: instance, weights: weights)
        isPatient = self.isPatient(requests[request], place, at: now)
      }
    } else {
      requests[request].heldInstance = -1
    }
    enterHold(request, load: load, isPatient: isPatient)
  }

  private mutating func lookAtLanes(
    of lines: [Int32]?, _ open: inout ServerSet, _ planned: inout [(request: Int, place: Place)],
    at now: Instant,
    _ actions: inout [FleetAction]
  ) {
    let models = lines.map { Set($0.map { Int(requests.flows.lines[Int($0)].key.model) }) }
    let rest = requests.active
      .filter { lane in
        requests.lanes[Int(lane)].scan != scans
          && models?.contains(requests.lanes[Int(lane)].key.model) != false
      }
      .sorted { one, other in
        let (one, other) = (requests.lanes[Int(one)].first, requests.lanes[Int(other)].first)
        let (band, its) = (requests[Int(one)].band, requests[Int(other)].band)
        return band != its ? band < its : requests[Int(one)].order < requests[Int(other)].order
      }
    for lane in rest {
      while !open.isEmpty, requests.lanes[Int(lane)].count > 0 {
        let before = requests.lanes[Int(lane)].count
        let first = Int(requests.lanes[Int(lane)].first)
        look(at: first, &open, &planned, at: now, &actions)
        guard requests.lanes[Int(lane)].count < before else { break }
      }
    }
  }
}
