internal import System

/// Which server has which models, and has them in memory.
extension FleetScheduler {
  // MARK: Lists

  /// The list of a server's models, as it is now.
  mutating func sawModels(_ listed: [FleetListedModel], on server: Int, at now: Instant) {
    servers[server].listedAt = now
    let listed = listed.prefix(policy.listLimit)
    var places = weightsByDigest(on: server)
    for place in servers[server].weights.indices { servers[server].weights[place].isListed = false }
    for line in listed {
      if let known = places[line.key] { servers[server].weights[known].isListed = true }
    }
    var seen: Set<Int> = []
    var free = freeWeights(on: server)[...]
    for line in listed {
      guard let model = models.intern(line.name, limit: policy.nameLimit) else { continue }
      let weights: Int
      let digest = line.key.name
      if let known = places[line.key] {
        weights = known
      } else {
        weights = makeWeights(line, digest: digest, in: free.popFirst(), on: server, at: now)
        if let rate = prefillRate(of: model, digest: digest) {
          servers[server].weights[weights].prefillRate.guess(rate)
        }
        places[line.key] = weights
      }
      servers[server].weights[weights].isListed = true
      seen.insert(model)
      models[model].listed.set(server, true)
      models[model].holders.set(server, servers[server].server.models.allows(line.name))
      while models[model].weights.count <= server { models[model].weights.append(-1) }
      models[model].weights[server] = Int32(weights)
    }
    for model in models.entries.indices where models[model].listed.contains(server) && !seen.contains(model) {
      models[model].listed.set(server, false)
      isUnservedDue = true
      models[model].holders.set(server, false)
      models[model].weights[server] = -1
      models.forgetIfUnused(model)
    }
    findPins(on: server)
  }

  private func weightsByDigest(on server: Int) -> [NameKey: Int] {
    var places: [NameKey: Int] = [:]
    places.reserveCapacity(servers[server].weights.count)
    for place in servers[server].weights.indices {
      places[NameKey(servers[server].weights[place].digest)] = place
    }
    return places
  }

  /// Places of weights that no list has any more and nothing uses, where there are many.
  private func freeWeights(on server: Int) -> [Int] {
    guard servers[server].weights.count > 256 else { return [] }
    let used = Set(servers[server].instances.map(\.weights))
    return servers[server].weights.indices.filter {
      !servers[server].weights[$0].isListed && !used.contains($0)
    }
  }

  /// - Parameter free: a place for it among the server's weights; nil for a new one.
  private mutating func makeWeights(
    _ line: FleetListedModel, digest: String, in free: Int?, on server: Int, at now: Instant
  ) -> Int {
    var line = line
    line.digest = digest
    var state = WeightsState(line, policy)
    state.guessLoad(rate: guessedLoadRate(on: server), policy)
    if let free {
      servers[server].weights[free] = state
      return free
    }
    servers[server].weights.append(state)
    return servers[server].weights.count - 1
  }

  /// A server has said that it has not got a model after all.
  mutating func lose(_ weights: Int, on server: Int, at now: Instant, _ actions: inout [FleetAction]) {
    for model in models.entries.indices where models[model].weights(on: server) == weights {
      isUnservedDue = true
      models[model].holders.set(server, false)
    }
    askSoon(.models, server, at: now, &actions)
  }

  // MARK: In memory

  /// What a server has in memory, as it was between two times.
  mutating func sawLoaded(
    _ loaded: [FleetLoadedModel], on server: Int, askedAt: Instant, at now: Instant
  ) {
    var seen: Set<Int> = []
    var bytes = 0
    let places = loaded.isEmpty ? [:] : weightsByDigest(on: server)
    for line in loaded.prefix(256) {
      let memory = min(max(line.sizeInVRAM > 0 ? line.sizeInVRAM : line.size, 0), 1 << 50)
      bytes += memory
      guard let weights = weights(of: line, places, on: server) else { continue }
      servers[server].weights[weights].memory = memory
      let instance = sawInstance(weights, line, on: server, at: now)
      guard instance >= 0 else { continue }
      seen.insert(instance)
      servers[server].instances[instance].isUnseen = false
      servers[server].instances[instance].size = max(line.size, 0)
      servers[server].instances[instance].sizeInVRAM = max(line.sizeInVRAM, 0)
      let expires = line.expiresIn.map { now.after($0.inSeconds) } ?? .never
      servers[server].instances[instance].expiresAt = expires
      servers[server].instances[instance].isKept = line.isKept
      if servers[server].weights[weights].size == 0 {
        servers[server].weights[weights].size = max(line.size, 0)
        guessLoad(weights, on: server)
      }
    }
    servers[server].capacitySeen = max(servers[server].capacitySeen, bytes)
    if bytes >= servers[server].tooMuch { servers[server].tooMuch = .max }
    if bytes >= tooMuch { tooMuch = servers.reduce(.max) { min($0, $1.tooMuch) } }
    notePairs(seen, on: server)
    for instance in servers[server].instances.indices where !seen.contains(instance) {
      notSeen(instance, seen, bytes, on: server, askedAt: askedAt, at: now)
    }
    for instance in servers[server].instances.indices {
      servers[server].instances[instance].isPresumedGone = false
    }
    servers[server].lookedAt = now
    tooMuch = min(tooMuch, servers[server].tooMuch)
  }

  private func weights(of line: FleetLoadedModel, _ places: [NameKey: Int], on server: Int) -> Int? {
    if !line.digest.utf8.isEmpty, let found = places[NameKey(line.digest)] { return found }
    guard let model = models.find(line.name) else { return nil }
    let weights = models[model].weights(on: server)
    return weights < 0 ? nil : weights
  }

  /// Models that are in memory at once do not take each other's place.
  private mutating func notePairs(_ seen: Set<Int>, on server: Int) {
    guard !servers[server].evictions.isEmpty, seen.count <= 16 else { return }
    let weights = seen.map { servers[server].instances[$0].weights }
    for left in weights {
      for right in weights where left < right {
        servers[server].evictions.remove(ServerState.pair(left, right))
      }
    }
  }

  /// - Returns: the instance that a line is of; -1 where there is no room for its record.
  private mutating func sawInstance(
    _ weights: Int, _ line: FleetLoadedModel, on server: Int, at now: Instant
  ) -> Int {
    let length = line.contextLength.map { min(max($0, 0), 1 << 40) }
    for instance in servers[server].instances.indices
    where servers[server].instances[instance].weights == weights
      && servers[server].instances[instance].phase != .gone
    {
      if servers[server].instances[instance].load != nil { return instance }
      if servers[server].instances[instance].phase == .loading {
        if let outgoing = outgoing(weights, length, on: server) { return outgoing }
        becomeResident(instance, on: server, at: now)
      }
      let known = servers[server].instances[instance].contextLength
      guard let known, let length, known != length else {
        // What it was loaded with may be less than was asked for.
        servers[server].instances[instance].contextLength = length ?? known
        return instance
      }
      vanish(instance, on: server)
    }
    if let stayed = servers[server].instances.firstIndex(where: { $0.weights == weights && $0.isPresumedGone }
    ) {
      // There was room after all.
      servers[server].instances[stayed].phase = .resident
      servers[server].instances[stayed].contextLength = length
      return stayed
    }
    // Somebody else has loaded it.
    var instance = -1
    if let length {
      instance =
        servers[server].instances.firstIndex {
          $0.weights == weights && $0.options.contextLength == length && $0.options.others == nil
        } ?? -1
    }
    if instance < 0 {
      instance = self.instance(weights, FleetRunnerOptions(), on: server, at: now)
      guard instance >= 0 else { return -1 }
      servers[server].instances[instance].isForeign = true
    }
    becomeResident(instance, on: server, at: now)
    servers[server].instances[instance].contextLength = length
    servers[server].instances[instance].loads += 1
    // What is seen at the first look may have been there for days.
    if servers[server].lookedAt != .past { countLoad(weights, on: server, .foreign) }
    return instance
  }

  /// The instance that another one of its model takes the place of, where it is the one that is seen: it still works.
  private func outgoing(_ weights: Int, _ length: Int?, on server: Int) -> Int? {
    guard let length else { return nil }
    return servers[server].instances.firstIndex {
      $0.weights == weights && $0.phase == .gone && !$0.running.isEmpty
        && ($0.contextLength ?? $0.options.contextLength) == length
    }
  }

  /// An instance is not among those in memory.
  private mutating func notSeen(
    _ instance: Int, _ seen: Set<Int>, _ bytes: Int, on server: Int, askedAt: Instant, at now: Instant
  ) {
    guard servers[server].instances[instance].phase == .resident,
      servers[server].instances[instance].residentAt < askedAt,
      servers[server].instances[instance].generating == 0
    else { return }
    if servers[server].instances[instance].isUnseen {
      // A load that was said to have worked cannot be seen: requests load by themselves here.
      servers[server].ownsLoads = false
    }
    let expiresAt = servers[server].instances[instance].expiresAt
    if expiresAt != .never, expiresAt.seconds(since: now) > 1 {
      noteEviction(of: servers[server].instances[instance].weights, seen, bytes, on: server)
    }
    vanish(instance, on: server)
  }

  /// A model has left memory before its time: for one that is being loaded, or that has come since the last look.
  private mutating func noteEviction(of weights: Int, _ seen: Set<Int>, _ bytes: Int, on server: Int) {
    let own = memory(of: weights, on: server)
    for other in servers[server].instances.indices {
      let newer = servers[server].instances[other].weights
      guard newer != weights else { continue }
      let isLoading = servers[server].instances[other].phase == .loading
      let isNew =
        seen.contains(other) && servers[server].instances[other].residentAt > servers[server].lookedAt
      guard isLoading || isNew else { continue }
      let added = isLoading ? memory(of: newer, on: server) : 0
      servers[server].sawEviction(of: weights, by: newer, bytes: bytes + own + added)
    }
  }
}

extension FleetListedModel {
  /// What tells it from others: one without a digest is its name's alone.
  fileprivate var key: NameKey { NameKey(digest.utf8.isEmpty ? name : digest) }
}
