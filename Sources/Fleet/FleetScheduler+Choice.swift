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
      var rest = well
      while let place = rest.popFirst() {
        guard tiers.count == 1 || servers[place].server.tier == tier else { continue }
        if let cost = cost(of: request, on: place, at: now) { costs.append(cost) }
      }
      guard tiers.count > 1, let least = costs.min(by: { $0.cost < $1.cost }) else { continue }
      if least.cost <= seconds.spillAfter { break }
    }
    return costs.isEmpty ? leastBad(requests[request], all, at: now) : best(of: costs)
  }

  /// Of those that cost about the same: where most of the prompt is cached, then where least is in flight, then the one used least
  /// recently.
  private func best(of costs: [Place]) -> Place {
    var least = costs[0].cost
    for place in costs { least = min(least, place.cost) }
    let bound = max(least * 1.1, least + seconds.equalWithin)
    var chosen = -1
    for candidate in costs.indices where costs[candidate].cost <= bound {
      if chosen < 0 || isBetter(costs[candidate], than: costs[chosen]) { chosen = candidate }
    }
    return costs[max(chosen, 0)]
  }

  private func isBetter(_ left: Place, than right: Place) -> Bool {
    if left.cached != right.cached { return left.cached > right.cached }
    // A load is not equal to none.
    if left.needsLoad != right.needsLoad { return right.needsLoad }
    // Without the buffer the states of both are copied.
    return servers.withUnsafeBufferPointer { servers in
      let leftLoad = Double(servers[left.server].inFlight) / servers[left.server].server.weight
      let rightLoad = Double(servers[right.server].inFlight) / servers[right.server].server.weight
      if leftLoad != rightLoad { return leftLoad < rightLoad }
      return servers[left.server].usedAt < servers[right.server].usedAt
    }
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

  /// - Returns: nil where the instance is cut off there.
  func cost(of request: Int, on server: Int, at now: Instant) -> Place? {
    let weights = models[requests[request].model].weights(on: server)
    var place = Place(server: server, instance: -1, weights: weights)
    guard weights >= 0, !servers[server].weights[weights].isRemote, server != unmanaged else {
      place.isUngated = true
      place.cost = penalty(server, at: now)
      return place
    }
    let instance = find(
      weights, requests[request].options, fits: requests[request].fitsContext, on: server)
    place.instance = instance
    var paid = 0.0
    if instance >= 0 {
      guard servers[server].instances[instance].pausedUntil <= now,
        servers[server].instances[instance].breaker.state != .open
      else { return nil }
    }
    if instance >= 0, servers[server].instances[instance].phase != .gone {
      residentCost(&place, at: now)
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
    place.cached = cached(request, server, instance)
    let rate = max(servers[server].weights[weights].prefillRate.value, 1)
    let hits = Double(place.cached) * servers[server].cacheHitRate.value
    place.prefill = max(Double(requests[request].promptTokens) - hits, 0) / rate
    let waiting = requests.count - (requests[request].phase == .waiting ? 1 : 0)
    let externality =
      waiting > 0 ? (paid + place.prefill) * Double(waiting) / Double(max(fleetSlots, 1)) : 0
    place.wait = max(place.wait, boundWait(server, at: now))
    place.cost = place.wait + place.load + place.prefill + externality + penalty(server, at: now)
    if hits > 0 { place.cost += sharedWorth(of: request, hits / rate) }
    return place
  }

  private func residentCost(_ place: inout Place, at now: Instant) {
    let server = place.server
    let known = Double(max(servers[server].instances[place.instance].slots.known, 1))
    let running = servers[server].instances[place.instance].running.count
    let free = Int(known) - running
    let held = servers[server].instances[place.instance].held
    if free <= held {
      let ahead = servers[server].instances[place.instance].heldWork
      let extra = Double(max(-free, 0)) * servers[server].instances[place.instance].time.value
      let first = free > 0 ? 0 : servers[server].instances[place.instance].firstEnd(at: now)
      place.wait = first + (ahead + extra) / known
    }
    if servers[server].instances[place.instance].phase == .loading {
      place.load = servers[server].instances[place.instance].loadRest(at: now)
    } else if servers[server].isSwapDue, servers[server].swapInstance != place.instance {
      place.wait += servers[server].swapWork + servers[server].weights[place.weights].loadTime.value
    }
  }

  /// Seconds for reasons of the whole server.
  private func boundWait(_ server: Int, at now: Instant) -> Double {
    var wait = max(servers[server].busyUntil.seconds(since: now), 0)
    if let limit = servers[server].server.maxInFlight, servers[server].inFlight >= limit {
      let first = servers[server].instances.lazy.filter { !$0.running.isEmpty }.map { $0.firstEnd(at: now) }
        .min()
      wait = max(wait, first ?? 1)
    }
    return wait
  }

  private func penalty(_ server: Int, at now: Instant) -> Double {
    var penalty = 0.0
    if servers[server].breaker.state == .halfOpen { penalty += seconds.halfOpenPenalty }
    if servers[server].foreignUntil > now { penalty += servers[server].foreign.value }
    return penalty
  }

  /// Tokens of the request's prompt that the server should have cached.
  private func cached(_ request: Int, _ server: Int, _ instance: Int) -> Int {
    if requests[request].hasPrompt, instance >= 0 {
      return min(promptTokens(of: request, on: server, instance), requests[request].promptTokens)
    }
    guard requests[request].home == server, instance >= 0, requests[request].homeInstance == instance,
      servers[server].instances[instance].epoch == requests[request].homeEpoch
    else { return 0 }
    return min(requests[request].cachedTokens, requests[request].promptTokens)
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
