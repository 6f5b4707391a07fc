/// The choice: least expected seconds to the first token.
///
///     cost = wait + load + prefill + externality + penalty
///
/// *wait* until a slot is free, by list scheduling over what runs and what waits before; *load* until the model is in memory, with
/// what it costs to bring back what goes for it; *prefill* of the tokens that no cache has; *externality*: load and prefill take a
/// slot from all who wait; *penalty* for a server that is on trial or has others' traffic.
extension FleetScheduler {
  // MARK: Which servers

  /// Those that may take a request, well or ill.
  func eligible(_ request: RequestState) -> ServerSet {
    eligible(model: request.model, request.allowed.subtracting(request.tried))
  }

  func eligible(model: Int, _ allowed: ServerSet) -> ServerSet {
    let all = present.intersection(allowed)
    guard model >= 0 else { return all }
    // The only server is asked for whatever name there is, as far as its rules allow it; of one that is not asked by itself the
    // list may be an old one.
    if sole >= 0, sole == unmanaged || !models[model].listed.contains(sole) {
      return servers[sole].server.models.allows(models[model].name) ? all : .none
    }
    return all.intersection(models[model].holders)
  }

  /// The cheapest place of a request, given by its place in the table: it is too large to be passed on for each server.
  ///
  /// - Returns: nil where there is none at all.
  mutating func choose(_ request: Int, at now: Instant) -> Place? {
    // The choice itself changes nothing: a mutating method would copy the whole value for each question that it asks about a
    // request of its own.
    var costs: [Place] = []
    swap(&costs, &self.costs)
    let place = place(for: request, &costs, at: now)
    swap(&costs, &self.costs)
    return place
  }

  /// - Parameter costs: room for them.
  private func place(for request: Int, _ costs: inout [Place], at now: Instant) -> Place? {
    let all = eligible(
      model: requests[request].model, requests[request].allowed.subtracting(requests[request].tried))
    let well = all.intersection(usable)
    if requests[request].model < 0 {
      return chooseAny(well.isEmpty ? all : well, inListOrder: requests[request].prefersListOrder)
    }
    if requests[request].kind == .question {
      return chooseHolder(requests[request], well.isEmpty ? all : well)
    }
    costs.removeAll(keepingCapacity: true)
    for tier in tiers {
      addCosts(of: request, at: well, ofTier: tiers.count == 1 ? nil : tier, to: &costs, at: now)
      guard tiers.count > 1, let least = costs.min(by: { $0.cost < $1.cost }) else { continue }
      if least.cost <= seconds.spillAfter { break }
    }
    return costs.isEmpty ? leastBad(requests[request], all, at: now) : best(of: costs)
  }

  /// Of those that cost about the same: where most of the prompt is cached, then where least is in flight, then the one used least
  /// recently.
  private func best(of costs: [Place]) -> Place {
    servers.withUnsafeBufferPointer { servers in
      costs.withUnsafeBufferPointer { costs in
        var least = costs[0].cost
        for place in costs { least = min(least, place.cost) }
        let bound = max(least * 1.1, least + seconds.equalWithin)
        var chosen = -1
        for candidate in costs.indices where costs[candidate].cost <= bound {
          if chosen < 0 || isBetter(costs[candidate], than: costs[chosen], servers) { chosen = candidate }
        }
        return costs[max(chosen, 0)]
      }
    }
  }

  private func isBetter(_ left: Place, than right: Place) -> Bool {
    servers.withUnsafeBufferPointer { isBetter(left, than: right, $0) }
  }

  @inline(__always)
  private func isBetter(_ left: Place, than right: Place, _ servers: States) -> Bool {
    if left.cached != right.cached { return left.cached > right.cached }
    // A load is not equal to none.
    if left.needsLoad != right.needsLoad { return right.needsLoad }
    let leftLoad = Double(servers[left.server].inFlight) / servers[left.server].server.weight
    let rightLoad = Double(servers[right.server].inFlight) / servers[right.server].server.weight
    if leftLoad != rightLoad { return leftLoad < rightLoad }
    return servers[left.server].usedAt < servers[right.server].usedAt
  }

  private func chooseAny(_ set: ServerSet, inListOrder: Bool) -> Place? {
    var rest = set
    var chosen: Place?
    while let server = rest.popFirst() {
      let place = Place(server: server, instance: -1, weights: -1, isUngated: true)
      guard let other = chosen else {
        chosen = place
        continue
      }
      let isSooner =
        inListOrder
        ? servers[server].rank < servers[other.server].rank : isBetter(place, than: other)
      if isSooner { chosen = place }
    }
    return chosen
  }

  /// A server that has the model in memory, else any that has it.
  private func chooseHolder(_ request: RequestState, _ set: ServerSet) -> Place? {
    var rest = set
    var chosen: (place: Place, isResident: Bool)?
    while let server = rest.popFirst() {
      let weights = models[request.model].weights(on: server)
      let isResident = servers[server].instances.contains { $0.weights == weights && $0.phase == .resident }
      let place = Place(server: server, instance: -1, weights: weights, isUngated: true)
      if let other = chosen, other.isResident && !isResident { continue }
      if let other = chosen, other.isResident == isResident, !isBetter(place, than: other.place) { continue }
      chosen = (place, isResident)
    }
    return chosen?.place
  }

  /// Where all are ill, one is tried all the same: a refusal would be sure to fail. By one request at a time, as it may still be ill.
  private func leastBad(_ request: RequestState, _ all: ServerSet, at now: Instant) -> Place? {
    var rest = all
    var chosen: (place: Int, badness: Int)?
    while let place = rest.popFirst() {
      let badness =
        (mayResort(to: place, at: now) ? 0 : 1_000)
        + (servers[place].health == .down ? 100 + servers[place].downProbes : 0)
        + (servers[place].breaker.state == .open ? 10 : 0)
      if let other = chosen, other.badness <= badness { continue }
      chosen = (place, badness)
    }
    guard let chosen else { return nil }
    let weights = models[request.model].weights(on: chosen.place)
    let instance =
      weights < 0 ? -1 : find(weights, request.options, fits: request.fitsContext, on: chosen.place)
    return Place(
      server: chosen.place, instance: instance, weights: weights, isUngated: chosen.place == unmanaged,
      isLastResort: true)
  }

  /// Whether one that is ill is tried: nobody tries it now, and the last who did has not failed just now.
  func mayResort(to server: Int, at now: Instant) -> Bool {
    servers[server].resorts == 0 && max(servers[server].resortAfter, servers[server].busyUntil) <= now
      && servers[server].inFlight < servers[server].server.maxInFlight ?? .max
  }

  // MARK: What it costs

  /// The states of all servers, where they lie: as elements of an array each field would be looked up anew, and of some that are asked
  /// for one field all would be copied.
  typealias States = UnsafeBufferPointer<ServerState>

  /// - Parameter tier: of those servers alone that are of it; nil for all.
  private func addCosts(
    of request: Int, at places: ServerSet, ofTier tier: Int?, to costs: inout [Place], at now: Instant
  ) {
    servers.withUnsafeBufferPointer { servers in
      requests.withState(of: request) { state in
        var rest = places
        while let server = rest.popFirst() {
          if let tier, servers[server].server.tier != tier { continue }
          if let cost = cost(of: request, state, on: server, servers, at: now) { costs.append(cost) }
        }
      }
    }
  }

  /// - Returns: nil where the instance is cut off there.
  @inline(__always)
  private func cost(
    of request: Int, _ state: UnsafePointer<RequestState>, on server: Int, _ servers: States, at now: Instant
  ) -> Place? {
    let weights = models[state.pointee.model].weights(on: server)
    var place = Place(server: server, instance: -1, weights: weights)
    guard weights >= 0, !servers[server].weights[weights].isRemote, server != unmanaged else {
      place.isUngated = true
      place.cost = penalty(server, servers, at: now)
      return place
    }
    let instance = find(
      weights, state.pointee.options, fits: state.pointee.fitsContext, on: server, among: servers)
    place.instance = instance
    var paid = 0.0
    if instance >= 0 {
      guard servers[server].instances[instance].pausedUntil <= now,
        servers[server].instances[instance].breaker.state != .open
      else { return nil }
    }
    if instance >= 0, servers[server].instances[instance].phase != .gone {
      residentCost(&place, servers, at: now)
    } else {
      place.needsLoad = true
      let plan = plan(weights, on: server, at: now)
      let isPlanned = instance >= 0 && servers[server].swapInstance == instance
      place.load = plan.begins + plan.takes + plan.evictions
      if isPlanned {
        place.wait = servers[server].instances[instance].heldWork
      } else {
        place.wait = servers[server].swapWork
        paid = plan.takes
      }
    }
    place.cached = cached(request, state, server, instance, servers)
    let rate = max(servers[server].weights[weights].prefillRate.value, 1)
    let hits = Double(place.cached) * servers[server].cacheHitRate.value
    place.prefill = max(Double(state.pointee.promptTokens) - hits, 0) / rate
    let waiting = requests.count - (state.pointee.phase == .waiting ? 1 : 0)
    let externality =
      waiting > 0 ? (paid + place.prefill) * Double(waiting) / Double(max(fleetSlots, 1)) : 0
    place.wait = max(place.wait, boundWait(server, servers, at: now))
    place.cost = place.wait + place.load + place.prefill + externality + penalty(server, servers, at: now)
    if hits > 0 { place.cost += sharedWorth(of: request, hits / rate) }
    return place
  }

  @inline(__always)
  private func residentCost(_ place: inout Place, _ servers: States, at now: Instant) {
    let server = place.server
    let known = max(servers[server].instances[place.instance].slots.known, 1)
    let running = servers[server].instances[place.instance].running.count
    let free = known - running
    let held = servers[server].instances[place.instance].held
    if free <= held {
      let ahead = servers[server].instances[place.instance].heldWork
      let extra = Double(max(-free, 0)) * servers[server].instances[place.instance].time.value
      let first = free > 0 ? 0 : servers[server].instances[place.instance].firstEnd(at: now)
      place.wait = first + (ahead + extra) / Double(known)
    }
    if servers[server].instances[place.instance].phase == .loading {
      place.load = servers[server].instances[place.instance].loadRest(at: now)
    } else if servers[server].isSwapDue, servers[server].swapInstance != place.instance {
      place.wait += servers[server].swapWork + servers[server].weights[place.weights].loadTime.value
    }
  }

  /// Seconds for reasons of the whole server.
  @inline(__always)
  private func boundWait(_ server: Int, _ servers: States, at now: Instant) -> Double {
    var wait = max(servers[server].busyUntil.seconds(since: now), 0)
    if let limit = servers[server].server.maxInFlight, servers[server].inFlight >= limit {
      let first = servers[server].instances.lazy.filter { !$0.running.isEmpty }.map { $0.firstEnd(at: now) }
        .min()
      wait = max(wait, first ?? 1)
    }
    return wait
  }

  @inline(__always)
  private func penalty(_ server: Int, _ servers: States, at now: Instant) -> Double {
    var penalty = 0.0
    if servers[server].breaker.state == .halfOpen { penalty += seconds.halfOpenPenalty }
    if servers[server].foreignUntil > now { penalty += servers[server].foreign.value }
    return penalty
  }

  /// Tokens of the request's prompt that the server should have cached.
  @inline(__always)
  private func cached(
    _ request: Int, _ state: UnsafePointer<RequestState>, _ server: Int, _ instance: Int, _ servers: States
  ) -> Int {
    if state.pointee.hasPrompt, instance >= 0 {
      return min(promptTokens(of: request, on: server, instance), state.pointee.promptTokens)
    }
    guard state.pointee.home == server, instance >= 0, state.pointee.homeInstance == instance,
      servers[server].instances[instance].epoch == state.pointee.homeEpoch
    else { return 0 }
    return min(state.pointee.cachedTokens, state.pointee.promptTokens)
  }

  /// Seconds of work of one that waits, by what is known now where nothing was when it came; nil where still nothing is.
  func renewedWork(of request: Int) -> Double? {
    let (server, instance) = (requests[request].heldServer, requests[request].heldInstance)
    guard server >= 0, instance >= 0, instance < servers[server].instances.count else { return nil }
    let weights = servers[server].instances[instance].weights
    guard servers[server].weights[weights].isDecodeRateKnown else { return nil }
    let state = requests[request]
    let known = servers[server].instances[instance].slots.known
    let written = Double(expectedOutput(state, limit: state.outputLimit))
    return Double(state.promptTokens) / max(servers[server].weights[weights].prefillRate.value, 1)
      + written / max(servers[server].weights[weights].decodeRate(beside: known), 0.01)
  }

  mutating func renewWork(of request: Int) {
    guard let work = renewedWork(of: request) else { return }
    requests[request].heldWork = work
    requests[request].isWorkGuess = false
  }

  /// Seconds that a request takes on a server, from its first token read to its last written.
  func time(of request: RequestState, _ place: Place, beside: Int) -> Double {
    guard place.weights >= 0 else { return 0 }
    let server = place.server
    if request.kind == .embedding || !servers[server].weights[place.weights].isDecodeRateKnown {
      let time = servers[server].weights[place.weights].time
      if !time.isGuess { return time.value }
    }
    guard request.kind != .embedding else { return place.prefill }
    let rate = servers[server].weights[place.weights].decodeRate(beside: beside)
    return place.prefill + Double(request.outputTokens) / max(rate, 0.01)
  }
}
