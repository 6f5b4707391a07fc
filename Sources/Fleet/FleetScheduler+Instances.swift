/// The instances of a server: its models, each with the options of the runner that it is loaded with.
extension FleetScheduler {
  /// The instance that serves requests with such options, in memory if there is one; -1 for none.
  ///
  /// - Parameter fits: whether one with more context will do as well.
  func find(_ weights: Int, _ options: FleetRunnerOptions, fits: Bool = false, on server: Int) -> Int {
    servers.withUnsafeBufferPointer { find(weights, options, fits: fits, on: server, among: $0) }
  }

  /// - Parameter servers: those of the scheduler.
  @inline(__always)
  func find(
    _ weights: Int, _ options: FleetRunnerOptions, fits: Bool, on server: Int, among servers: States
  ) -> Int {
    var found = -1
    var fitting = -1
    var rest = servers[server].weights[weights].instances
    while rest != 0 {
      let place = rest.trailingZeroBitCount
      rest &= rest &- 1
      if servers[server].instances[place].options == options {
        if servers[server].instances[place].phase != .gone { return place }
        found = place
      } else if servers[server].instances[place].phase != .gone {
        let others = servers[server].instances[place].options.others
        if servers[server].instances[place].isForeign, options.contextLength == nil, options.others == nil {
          return place
        }
        if let length = options.contextLength, options.others == others,
          servers[server].instances[place].contextLength == length
        {
          return place
        }
        if fits, options.others == others, let length = options.contextLength,
          let resident = contextLength(place, on: server), length <= resident
        {
          fitting = place
        }
      }
    }
    return fitting >= 0 ? fitting : found
  }

  /// What an instance is loaded with, as far as is known.
  private func contextLength(_ instance: Int, on server: Int) -> Int? {
    servers[server].instances[instance].contextLength
      ?? servers[server].instances[instance].options.contextLength
  }

  /// With which `num_ctx` a request is sent to an instance of other options; nil for its own.
  func fittedContext(_ request: Int, _ instance: Int, on server: Int) -> Int? {
    guard requests[request].fitsContext, instance >= 0, let asked = requests[request].options.contextLength,
      servers[server].instances[instance].options != requests[request].options,
      let resident = contextLength(instance, on: server), resident > asked
    else { return nil }
    return resident
  }

  /// The instance, made where there is none; -1 where the server has too many that are in use.
  mutating func instance(
    _ weights: Int, _ options: FleetRunnerOptions, fits: Bool = false, on server: Int, at now: Instant
  ) -> Int {
    let found = find(weights, options, fits: fits, on: server)
    guard found < 0 else { return found }
    let slots = SlotKnowledge(configured: servers[server].server.parallel, at: now)
    var new = InstanceState(weights: weights, options: options, slots: slots)
    new.time.guess(5)
    guard servers[server].instances.count >= Self.instanceLimit else {
      let place = servers[server].instances.count
      servers[server].instances.append(new)
      servers[server].weights[weights].instances |= 1 << UInt64(place)
      return place
    }
    var oldest = -1
    for place in servers[server].instances.indices {
      let other = servers[server].instances[place]
      guard other.phase == .gone, other.running.isEmpty, other.held == 0 else { continue }
      if oldest < 0 || other.usedAt < servers[server].instances[oldest].usedAt { oldest = place }
    }
    guard oldest >= 0 else { return -1 }
    if servers[server].instances[oldest].waiting > 0 { forgetHolds(of: oldest, on: server) }
    let old = servers[server].instances[oldest].weights
    servers[server].weights[old].instances &= ~(1 << UInt64(oldest))
    servers[server].weights[weights].instances |= 1 << UInt64(oldest)
    new.epoch = servers[server].instances[oldest].epoch &+ 1
    servers[server].instances[oldest] = new
    return oldest
  }

  static let instanceLimit = 64
}
