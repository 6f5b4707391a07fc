/// Models that stay in memory: loaded when their server is first looked at, and again whenever a look shows that they are gone.
extension FleetScheduler {
  /// What the operator wants of a server's models to stay.
  mutating func pin(_ names: [String], on server: Int) {
    var pins: [PinState] = []
    for name in names.prefix(FleetServer.pinLimit)
    where !pins.contains(where: { $0.name.utf8.elementsEqual(name.utf8) }) {
      let old = servers[server].pins.first { $0.name.utf8.elementsEqual(name.utf8) }
      pins.append(old ?? PinState(name: name))
    }
    servers[server].pins = pins
    findPins(on: server)
  }

  /// A server's list has come.
  mutating func findPins(on server: Int) {
    for pin in servers[server].pins.indices {
      let model = models.find(servers[server].pins[pin].name)
      servers[server].pins[pin].weights = model.map { models[$0].weights(on: server) } ?? -1
    }
  }

  /// Whether weights are to stay in a server's memory.
  func isPinned(_ weights: Int, on server: Int) -> Bool {
    servers[server].pins.contains { $0.weights == weights }
  }

  /// A server was asked what it has in memory: what is to stay and is not there is loaded, where that can begin.
  mutating func checkPins(on server: Int, at now: Instant, _ actions: inout [FleetAction]) {
    guard servers[server].listedAt != .past, present.contains(server) else { return }
    for pin in servers[server].pins.indices { check(pin, on: server, at: now, &actions) }
  }

  private mutating func check(_ pin: Int, on server: Int, at now: Instant, _ actions: inout [FleetAction]) {
    let weights = servers[server].pins[pin].weights
    guard weights >= 0, servers[server].weights[weights].isListed else {
      return tell(.notListed, of: pin, on: server, &actions)
    }
    if let instance = servers[server].instances.firstIndex(where: {
      $0.weights == weights && $0.phase != .gone
    }) {
      if servers[server].instances[instance].phase == .resident {
        tell(nil, of: pin, on: server, &actions)
        keep(pin, instance, on: server, at: now, &actions)
      }
      return
    }
    guard usable.contains(server), canLoad(weights, on: server, at: now) else { return }
    if goesForIt(weights, on: server, at: now) { return tell(.noRoom, of: pin, on: server, &actions) }
    load(pin, on: server, at: now, &actions)
  }

  /// Whether another one that is to stay would go for it.
  private func goesForIt(_ weights: Int, on server: Int, at now: Instant) -> Bool {
    let goes = plan(weights, on: server, at: now).goes
    return servers[server].instances.indices.contains {
      goes & (1 << UInt64($0)) != 0 && isPinned(servers[server].instances[$0].weights, on: server)
    }
  }

  private mutating func load(_ pin: Int, on server: Int, at now: Instant, _ actions: inout [FleetAction]) {
    let weights = servers[server].pins[pin].weights
    let options = FleetRunnerOptions()
    let instance = instance(weights, options, on: server, at: now)
    guard instance >= 0, servers[server].instances[instance].pausedUntil <= now else { return }
    servers[server].pins[pin].keptAt = now
    let load = beginOwnLoad(instance, on: server, options: options, promptHash: 0, isPin: true, at: now)
    actions.append(
      .load(
        FleetLoad(
          id: load, server: servers[server].server.id, model: servers[server].pins[pin].name,
          options: options, ticket: nil)))
  }

  /// One that is in memory for a time only, as a client has said so, stays from now on.
  private mutating func keep(
    _ pin: Int, _ instance: Int, on server: Int, at now: Instant, _ actions: inout [FleetAction]
  ) {
    guard servers[server].instances[instance].isKept == false,
      now.seconds(since: servers[server].pins[pin].keptAt) >= Self.keepInterval
    else { return }
    // With other options than it has it would be loaded anew.
    let state = servers[server].instances[instance]
    guard state.options.others == nil, !state.isForeign || state.contextLength != nil else { return }
    servers[server].pins[pin].keptAt = now
    actions.append(
      .keep(
        servers[server].server.id, model: servers[server].pins[pin].name,
        contextLength: state.contextLength ?? state.options.contextLength))
  }

  private static let keepInterval = 60.0

  /// A load of the gateway's has failed: where it was of a model that is to stay, the operator is told.
  mutating func pinFailed(
    _ weights: Int, on server: Int, _ failure: FleetFailure, _ actions: inout [FleetAction]
  ) {
    for pin in servers[server].pins.indices where servers[server].pins[pin].weights == weights {
      tell(.loadFailed(failure), of: pin, on: server, &actions)
    }
  }

  /// Each change is told once.
  private mutating func tell(
    _ trouble: FleetPinTrouble?, of pin: Int, on server: Int, _ actions: inout [FleetAction]
  ) {
    guard servers[server].pins[pin].trouble != trouble else { return }
    servers[server].pins[pin].trouble = trouble
    actions.append(
      .pinned(servers[server].server.id, model: servers[server].pins[pin].name, trouble: trouble))
  }

  func view(ofPinsOn server: Int) -> [FleetPin] {
    servers[server].pins.map { pin in
      if let trouble = pin.trouble { return FleetPin(model: pin.name, state: .failed, trouble: trouble) }
      let phases = servers[server].instances.lazy.filter { $0.weights == pin.weights }.map(\.phase)
      let state: FleetPin.State =
        pin.weights < 0
        ? .waiting
        : phases.contains(.resident) ? .resident : phases.contains(.loading) ? .loading : .waiting
      return FleetPin(model: pin.name, state: state)
    }
  }
}
