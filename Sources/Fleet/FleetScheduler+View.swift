package import System

/// What is shown to people.
extension FleetScheduler {
  /// - Parameters:
  ///   - limit: as many of the waiting requests are shown.
  ///   - listsModels: whether the servers' lists are wanted, which may be long.
  package func view(at time: MonotonicTime, limit: Int = 100, listsModels: Bool = true) -> FleetView {
    let now = time.nanoseconds
    let shown = servers.indices.filter { !servers[$0].isVacant }
      .sorted { servers[$0].rank < servers[$1].rank }.map { view(of: $0, at: now, listsModels: listsModels) }
    var waiting: [FleetView.Waiting] = []
    let outlook = limit > 0 ? outlook(at: now) : Outlook()
    for row in outlook.rows.prefix(max(limit, 0)) {
      let (request, state) = (row.request, requests[row.request])
      waiting.append(
        FleetView.Waiting(
          ticket: requests.ticket(request), model: state.model < 0 ? nil : models[state.model].name,
          flow: state.flow, band: state.band,
          waited: Duration(bounded: now.seconds(since: state.submittedAt)),
          server: state.heldServer < 0 ? nil : servers[state.heldServer].server.id,
          standing: standing(of: row, in: outlook)))
    }
    return FleetView(
      servers: shown, depth: requests.count, depths: depths, waiting: waiting,
      fairness: requests.flows.fairness(at: now), counters: counters)
  }

  /// How many requests wait.
  package var depth: Int { requests.count }

  /// Those that wait, by the urgency of their bands.
  private var depths: [FleetBand: Int] {
    Dictionary(
      uniqueKeysWithValues: FleetBand.allCases.map { ($0, requests.flows.depths[$0.rawValue]) })
  }

  /// Requests at all servers.
  package var inFlight: Int { servers.reduce(0) { $0 + ($1.isVacant ? 0 : $1.inFlight) } }

  /// Whether a server is of the list, and neither down nor drained.
  package func takesWork(_ id: FleetServerID) -> Bool {
    places[id].map { present.contains($0) && servers[$0].health != .down } ?? false
  }

  /// Whether a server of the list is down.
  package func isDown(_ id: FleetServerID) -> Bool { places[id].map { servers[$0].health == .down } ?? false }

  /// The servers of the list.
  package var counts: FleetCounts {
    servers.reduce(into: FleetCounts()) { counts, server in
      if server.isVacant || server.isLeaving { return }
      if server.isDraining {
        counts.draining += 1
      } else if server.health == .down {
        counts.down += 1
      } else if server.health == .unknown {
        counts.unknown += 1
      } else {
        counts.up += 1
      }
    }
  }

  private func state(of server: ServerState) -> FleetServerState {
    if server.isDraining || server.isLeaving { return .draining }
    if server.health == .down { return .down }
    if server.breaker.state == .halfOpen { return .halfOpen }
    return server.health == .up ? .up : .unknown
  }

  private func view(of place: Int, at now: Instant, listsModels: Bool) -> FleetView.Server {
    let server = servers[place]
    let busy = server.busyUntil.seconds(since: now)
    return FleetView.Server(
      id: server.server.id, name: server.server.name, state: state(of: server),
      isDown: server.health == .down,
      isDraining: server.isDraining, isLeaving: server.isLeaving,
      version: server.version, inFlight: server.inFlight, waiting: server.waiting,
      breaker: server.breaker.state,
      refusesCredentials: server.refusesCredentials, busyFor: busy > 0 ? Duration(bounded: busy) : nil,
      foreignWait: server.foreignUntil > now ? server.foreign.value : 0,
      cacheHitRate: server.cacheHitRate.value,
      instances: server.instances.indices.map { view(of: $0, on: place, at: now) },
      pins: view(ofPinsOn: place), models: listsModels ? models(on: place) : [],
      loads: loads(of: server), affinity: server.affinity,
      promptAffinity: server.promptAffinity, evictions: server.evictionCount)
  }

  private func models(on server: Int) -> [FleetView.Model] {
    models.entries.compactMap { model in
      let weights = model.weights(on: server)
      guard model.holders.contains(server), weights >= 0 else { return nil }
      return FleetView.Model(name: model.name, digest: servers[server].weights[weights].digest)
    }
  }

  private func loads(of server: ServerState) -> [FleetLoadCount] {
    server.loads.map { FleetLoadCount(model: $0.model?.name, reason: $0.reason, count: $1) }
      .sorted { left, right in
        let (one, other) = (left.model ?? "", right.model ?? "")
        if !one.utf8.elementsEqual(other.utf8) { return one.utf8.lexicographicallyPrecedes(other.utf8) }
        return left.reason.rawValue < right.reason.rawValue
      }
  }

  private func view(of place: Int, on server: Int, at now: Instant) -> FleetView.Instance {
    let instance = servers[server].instances[place]
    let weights = servers[server].weights[instance.weights]
    let state: FleetView.Instance.State =
      switch instance.phase {
      case .gone: .gone
      case .loading: .loading
      case .resident: .resident
      }
    let load = (elapsed: max(now.seconds(since: instance.loadingAt), 0), expected: instance.loadTakes)
    return FleetView.Instance(
      model: weights.name, digest: weights.digest, options: instance.options,
      contextLength: instance.contextLength,
      state: state, slots: instance.slots.known, areSlotsSettled: instance.slots.isSettled,
      configuredSlots: servers[server].server.parallel, inFlight: instance.running.count,
      waiting: instance.waiting,
      breaker: instance.breaker.state, size: instance.size, sizeInVRAM: instance.sizeInVRAM,
      load: instance.phase == .loading ? load : nil, prefillRate: weights.prefillRate.known,
      decodeRate: weights.isDecodeRateKnown
        ? weights.decodeRate(beside: max(instance.running.count, 1)) : nil,
      loadSeconds: weights.loadTime.known,
      loads: instance.loads)
  }
}
