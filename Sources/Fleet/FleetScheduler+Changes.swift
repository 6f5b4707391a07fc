package import System

/// What requests change of servers.
extension FleetScheduler {
  /// A request that may change which models servers have, or have in memory, is over: they are asked, all that are up.
  package mutating func modelsMayHaveChanged(at time: MonotonicTime) -> [FleetAction] {
    var actions: [FleetAction] = []
    for server in servers.indices where !servers[server].isVacant && servers[server].health != .down {
      askSoon(.models, server, at: time.nanoseconds, &actions)
      askSoon(.loaded, server, at: time.nanoseconds, &actions)
    }
    return actions
  }
}

extension FleetScheduler {
  /// The digest of a model, where all servers that have it have the same; else nil.
  ///
  /// - Parameter name: canonical.
  package func digest(of name: String) -> String? {
    guard let model = models.find(name) else { return nil }
    var digest: String?
    for server in servers.indices where models[model].listed.contains(server) {
      let place = models[model].weights(on: server)
      guard servers[server].weights.indices.contains(place) else { return nil }
      let its = servers[server].weights[place].digest
      if let digest, !digest.utf8.elementsEqual(its.utf8) { return nil }
      digest = its
    }
    return digest
  }
}
