import Fleet

/// The situations that are simulated, each as the median of twelve seeds. A service of a model takes 5 s: 200 tokens.
enum Scenarios {
  struct Row: CustomStringConvertible {
    var title: String
    var router: Simulation.Router
    var p50 = 0.0
    var p95 = 0.0
    var p99 = 0.0
    var mean = 0.0
    /// The mean of the model that waits most.
    var worstModel = 0.0
    var loads = 0.0
    /// Of the follow-up turns, those whose prompt was cached.
    var hits = 0.0
    /// The part of the requests that the server got which got most.
    var share = 0.0

    var description: String {
      let times = [p50, p95, p99].map(Scenarios.format).joined(separator: " / ")
      let means = [mean, worstModel].map(Scenarios.format).joined(separator: " / ")
      return
        "| \(title) | \(router) | \(times) | \(means) | \(Scenarios.format(loads)) | \(Scenarios.format(hits)) |"
    }
  }

  static let seeds: ClosedRange<UInt64> = 1...12

  static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return 0 }
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }

  static func format(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
  }

  /// Four servers with one model in memory each.
  static func models(
    _ router: Simulation.Router, shares: [Double], load: Double, use: Double, count: Int = 500
  ) -> Row {
    let servers = 4
    let results = seeds.map { seed in
      var traits = SimulatedOllama.Traits()
      traits.loadTime = load
      var random = Randomness(seed: seed)
      var time = 0.0
      let arrivals = (0..<count).map { _ in
        time += random.gap(mean: 5 / (Double(servers) * use))
        return Simulation.Arrival(at: time, model: random.place(by: shares), outputTokens: 200)
      }
      var simulation = Simulation(
        router, servers: Array(repeating: traits, count: servers), models: shares.count, seed: seed)
      simulation.add(arrivals)
      return simulation.run()
    }
    let percent = Int((use * 100).rounded())
    var row = Row(
      title: "4 servers, \(shares.count) models, \(Int(load)) s loads, \(percent) % use", router: router)
    row.p50 = median(results.map { $0.wait(0.5) })
    row.p95 = median(results.map { $0.wait(0.95) })
    row.p99 = median(results.map { $0.wait(0.99) })
    row.mean = median(results.map { $0.waits.reduce(0) { $0 + $1.wait } / Double(max($0.waits.count, 1)) })
    row.worstModel = median(
      results.map { result in
        shares.indices.map { model in
          let waits = result.waits.filter { $0.model == model }.map(\.wait)
          return waits.reduce(0, +) / Double(max(waits.count, 1))
        }.max() ?? 0
      })
    row.loads = median(results.map { Double($0.loads) })
    return row
  }

  /// Conversations of ten turns over four servers of one slot.
  ///
  /// - Parameters:
  ///   - areNamed: whether clients name them.
  ///   - sharedTokens: what all begin with, of as many.
  static func sessions(
    _ router: Simulation.Router, count: Int, cachedPrompts: Int, version: String, areNamed: Bool = true,
    promptTokens: Int = 2_000, sharedTokens: Int = 0
  ) -> Row {
    let results = seeds.map { seed in
      var traits = SimulatedOllama.Traits()
      traits.loadTime = 2
      traits.cachedPrompts = cachedPrompts
      traits.version = version
      var random = Randomness(seed: seed)
      let arrivals = (1...count).map { conversation in
        // The models are in memory by then.
        Simulation.Arrival(
          at: 20 + random.part() * 40, model: 0, conversation: conversation, isNamed: areNamed,
          sharedTokens: sharedTokens, promptTokens: promptTokens, outputTokens: 80,
          turns: 10, pause: 30)
      }
      let warm = (0..<8).map { Simulation.Arrival(at: Double($0) * 0.01, model: 0, outputTokens: 40) }
      var simulation = Simulation(router, servers: Array(repeating: traits, count: 4), models: 1, seed: seed)
      simulation.add(warm + arrivals)
      return simulation.run()
    }
    let names = areNamed ? "named" : "not named"
    var row = Row(
      title:
        "4 servers, \(count) sessions \(names), \(cachedPrompts) cached prompts, \(promptTokens) tokens, \(sharedTokens) shared",
      router: router)
    row.p50 = median(results.map { Simulation.Result.quantile($0.followUpFirstTokens, 0.5) })
    row.p95 = median(results.map { Simulation.Result.quantile($0.followUpFirstTokens, 0.95) })
    row.p99 = median(results.map { Simulation.Result.quantile($0.followUpFirstTokens, 0.99) })
    row.hits = median(results.map { Double($0.hits) / Double(max($0.followUps, 1)) })
    row.loads = median(results.map { Double($0.loads) })
    row.share = median(
      results.map { Double($0.perServer.max() ?? 0) / Double(max($0.perServer.reduce(0, +), 1)) })
    return row
  }

  static func twoContextLengths(servers: Int, fits: Bool) -> Simulation.Result {
    var policy = FleetPolicy()
    policy.fitsContext = fits
    var simulation = Simulation(
      .fleet, servers: Array(repeating: SimulatedOllama.Traits(), count: servers), models: 1, seed: 1,
      policy: policy)
    simulation.add(
      (0..<200).map {
        Simulation.Arrival(
          at: Double($0) * 4, model: 0, context: $0 % 2 == 0 ? 4_096 : 8_192, outputTokens: 100)
      })
    return simulation.run()
  }

  static func kill() -> Simulation.Result {
    var traits = SimulatedOllama.Traits()
    traits.slots = 32
    traits.loadTime = 2
    var simulation = Simulation(.fleet, servers: Array(repeating: traits, count: 3), models: 1, seed: 1)
    simulation.add(
      (0..<1_000).map {
        Simulation.Arrival(
          at: Double($0) * 0.02, model: 0, promptTokens: 100, outputTokens: 20, isUnary: $0 % 2 == 0)
      })
    simulation.kill(0, at: 12)
    return simulation.run()
  }

  /// As many clients as there could be work for, of the only server.
  static func sole(_ router: Simulation.Router, slots: Int, isUnary: Bool) -> Simulation.Result {
    var traits = SimulatedOllama.Traits()
    traits.slots = slots
    var simulation = Simulation(router, servers: [traits], models: 1, seed: 1)
    simulation.add(
      (0..<100).map {
        Simulation.Arrival(at: Double($0) * 0.001, model: 0, outputTokens: 40, isUnary: isUnary)
      })
    return simulation.run()
  }

  /// Three requests a slot.
  static func learn(slots: Int, isUnary: Bool) -> Simulation.Result {
    var traits = SimulatedOllama.Traits()
    traits.slots = slots
    var simulation = Simulation(.fleet, servers: [traits], models: 1, seed: 1)
    simulation.add(
      (0..<(3 * slots)).map {
        Simulation.Arrival(at: Double($0) * 0.05, model: 0, outputTokens: 200, isUnary: isUnary)
      })
    return simulation.run()
  }
}
