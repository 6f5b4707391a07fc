/// When those that wait are sent, as it seems now: each in its turn takes the slot that is free first of those that it could have.
/// Made when somebody is told, and forgotten then.
struct Forecast {
  struct Expectation {
    /// From now.
    var seconds: Double
    /// The server that loads its model for it; -1 where none does.
    var loading: Int
    /// Whether it waits for a load that has not begun.
    var awaitsLoad: Bool
  }

  /// The slots of an instance.
  private struct Site {
    /// The server that loads it; -1 where it is in memory, or its load has not begun.
    var loading: Int
    var awaitsLoad: Bool
    /// Seconds until each is free.
    var free: Heap<Double>
  }

  private var sites: [Site] = []
  /// When the last of the loads that are to begin on a server leaves room for the next: one is made after the other.
  private var loadsEnd: [Int: Double] = [:]
  private var sitePlaces: [UInt64: Int] = [:]
  /// The instances in memory that requests could have, by their lane and whether more context will do as well; nil where no server is
  /// well that could take them.
  private var sitesOfLanes: [Int32: [Int]?] = [:]

  /// As many slots of an instance are looked at.
  private static let slotLimit = 64

  /// The next in turn.
  ///
  /// - Returns: nil where nothing is known of it.
  mutating func next(
    _ request: Int, of fleet: borrowing FleetScheduler, at now: Instant
  ) -> Expectation? {
    let lane = fleet.requests[request].lane << 1 | (fleet.requests[request].fitsContext ? 1 : 0)
    if sitesOfLanes[lane] == nil {
      sitesOfLanes[lane] = .some(residents(for: request, of: fleet, at: now))
    }
    guard let residents = sitesOfLanes[lane] ?? nil else { return nil }
    var chosen = -1
    for site in residents { chosen = sooner(site, chosen) }
    // Or the one that is to be loaded for it.
    let (server, instance) = (fleet.requests[request].heldServer, fleet.requests[request].heldInstance)
    if server >= 0, instance >= 0, instance < fleet.servers[server].instances.count,
      fleet.servers[server].instances[instance].phase == .gone
    {
      let site = site(server, instance, for: request, of: fleet, at: now)
      chosen = sooner(site, chosen)
    }
    guard chosen >= 0, let begins = sites[chosen].free.pop() else { return nil }
    var work = fleet.requests[request].heldWork
    if fleet.requests[request].isWorkGuess, let renewed = fleet.renewedWork(of: request) { work = renewed }
    sites[chosen].free.push(begins + max(work, 0.01))
    return Expectation(
      seconds: begins, loading: sites[chosen].loading, awaitsLoad: sites[chosen].awaitsLoad)
  }

  private func sooner(_ site: Int, _ other: Int) -> Int {
    guard other >= 0 else { return site }
    return sites[site].free.first ?? .infinity < sites[other].free.first ?? .infinity ? site : other
  }

  private mutating func residents(
    for request: Int, of fleet: borrowing FleetScheduler, at now: Instant
  ) -> [Int]? {
    let model = fleet.requests[request].model
    guard model >= 0 else { return [] }
    var rest = fleet.eligible(fleet.requests[request]).intersection(fleet.usable)
    if rest.isEmpty { return nil }
    var found: [Int] = []
    while let server = rest.popFirst() {
      let weights = fleet.models[model].weights(on: server)
      guard weights >= 0 else { continue }
      let instance = fleet.find(
        weights, fleet.requests[request].options, fits: fleet.requests[request].fitsContext, on: server)
      guard instance >= 0, fleet.servers[server].instances[instance].phase != .gone else { continue }
      found.append(site(server, instance, for: request, of: fleet, at: now))
    }
    return found
  }

  /// - Parameter request: the first that could have it.
  private mutating func site(
    _ server: Int, _ instance: Int, for request: Int, of fleet: borrowing FleetScheduler, at now: Instant
  ) -> Int {
    let key = UInt64(server) << 32 | UInt64(instance)
    if let site = sitePlaces[key] { return site }
    let state = fleet.servers[server].instances[instance]
    let slots = min(state.slots.known, fleet.servers[server].server.maxInFlight ?? .max, Self.slotLimit)
    var begins = max(fleet.servers[server].busyUntil.seconds(since: now), 0)
    switch state.phase {
    case .resident: break
    case .loading: begins = max(begins, state.loadRest(at: now))
    case .gone:
      let plan = fleet.plan(state.weights, on: server, at: now)
      let patience = fleet.patience(of: request, for: instance, on: server, at: now)
      let first = max(plan.begins, patience, loadsEnd[server] ?? 0)
      begins = max(begins, first + plan.takes)
      // What takes the place of another lets it work first.
      let work = plan.goes == 0 ? 0 : max(fleet.requests[request].heldWork, 0.01)
      loadsEnd[server] = begins + work
    }
    var free = Heap<Double>()
    for _ in 0..<max(slots, 1) { free.push(begins) }
    for place in 0..<min(state.running.count, Self.slotLimit) where state.phase != .gone {
      // Those that wait in Ollama are behind those that run there.
      let first = free.pop() ?? 0
      let running = state.running[place]
      free.push(max(first, begins) + (running.isExtra ? running.takes : state.rest(of: place, at: now)))
    }
    sites.append(
      Site(
        loading: state.phase == .loading ? server : -1, awaitsLoad: state.phase == .gone, free: free))
    sitePlaces[key] = sites.count - 1
    return sites.count - 1
  }
}
