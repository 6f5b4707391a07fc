import Fleet

/// Flows that want more than there is.
enum FairScenarios {
  /// What a flow sends, one after the other without an end.
  struct Source {
    var flow: UInt64
    var weight = 100
    var outputTokens: Int
    var promptTokens = 100
    var model = 0
  }

  /// - Returns: tokens of service by flow, while all of them waited.
  static func saturate(_ sources: [Source], servers: Int, models: Int = 1, seconds: Double) -> [Double] {
    var traits = SimulatedOllama.Traits()
    traits.loadTime = 2
    traits.maxLoaded = models
    var simulation = Simulation(
      .fleet, servers: Array(repeating: traits, count: servers), models: models, seed: 3)
    // More than could be served.
    for source in sources {
      let count = Int(seconds * Double(servers) * 40) / source.outputTokens + 10
      simulation.add(
        (0..<min(count, 1_000)).map {
          Simulation.Arrival(
            at: Double($0) * 1e-4, model: source.model, promptTokens: source.promptTokens,
            outputTokens: source.outputTokens, flow: source.flow, weight: source.weight)
        })
    }
    let result = simulation.run(until: seconds)
    return sources.map { result.served[$0.flow] ?? 0 }
  }

  /// Jain's index: 1 where all have the same, 1/n where one has all.
  static func jain(_ shares: [Double]) -> Double {
    let sum = shares.reduce(0, +)
    let squares = shares.reduce(0) { $0 + $1 * $1 }
    return squares > 0 ? sum * sum / (Double(shares.count) * squares) : 1
  }

  /// Requests of several flows and models over three servers, of which each is told what it has to wait.
  ///
  /// - Returns: by how much what they were told was wrong, as a part of what it was.
  static func errorsOfExpectations(seed: UInt64) -> [Double] {
    var traits = SimulatedOllama.Traits()
    traits.slots = 2
    traits.loadTime = 5
    traits.maxLoaded = 2
    var random = Randomness(seed: seed)
    var time = 0.0
    let arrivals = (0..<400).map { number in
      // Bursts, and pauses in which what waits becomes less.
      time += number % 50 == 0 ? 40 : random.gap(mean: 0.1)
      return Simulation.Arrival(
        at: time, model: random.place(by: [0.7, 0.3]), promptTokens: 50 + Int(random.part() * 200),
        outputTokens: 100 + Int(random.part() * 200), flow: UInt64(random.place(by: [0.4, 0.3, 0.2, 0.1])))
    }
    var simulation = Simulation(
      .fleet, servers: Array(repeating: traits, count: 3), models: 2, seed: seed)
    simulation.add(arrivals)
    return errors(simulation.run())
  }

  /// - Returns: by how much what those of a flow were told was wrong, as a part of what it was.
  private static func errors(_ result: Simulation.Result, of flow: UInt64? = nil) -> [Double] {
    result.told.filter { flow == nil || $0.flow == flow }
      .map { abs($0.seconds - $0.actual) / max($0.actual, 1) }
  }

  /// Requests of one flow with sixty lengths of context, each of which takes a load, and another flow that wants the same one each time.
  ///
  /// - Returns: the errors of what those of the second were told.
  static func errorsBesideManyContexts(seed: UInt64) -> [Double] {
    var traits = SimulatedOllama.Traits()
    traits.loadTime = 12
    var random = Randomness(seed: seed)
    var arrivals = (0..<60).map { number in
      Simulation.Arrival(
        at: 4 + Double(number) * 1e-3, model: 0, context: 1_000 + number, promptTokens: 50, outputTokens: 200,
        flow: 1)
    }
    var time = 5.0
    for _ in 0..<12 {
      time += random.gap(mean: 40)
      arrivals.append(Simulation.Arrival(at: time, model: 0, promptTokens: 50, outputTokens: 200, flow: 2))
    }
    var simulation = Simulation(.fleet, servers: [traits, traits], models: 1, seed: seed)
    simulation.add(arrivals)
    return errors(simulation.run(), of: 2)
  }

  /// A model that is asked for again and again, as much as a part of what its server can, and another that is asked for now and then: it
  /// lets those of the first pass.
  ///
  /// - Returns: the errors of what those of the second were told.
  static func errorsOfSwaps(load: Double, seed: UInt64) -> [Double] {
    var traits = SimulatedOllama.Traits()
    traits.loadTime = 4
    var random = Randomness(seed: seed)
    // A request takes 2.6 s.
    var (time, arrivals) = (0.0, [Simulation.Arrival]())
    while time < 600 {
      time += random.gap(mean: 1.3 / load)
      arrivals.append(Simulation.Arrival(at: time, model: 0, promptTokens: 50, outputTokens: 100, flow: 1))
    }
    for number in 0..<6 {
      arrivals.append(
        Simulation.Arrival(
          at: 60 + 90 * Double(number) + random.part() * 30, model: 1, promptTokens: 50, outputTokens: 100,
          flow: 2))
    }
    var simulation = Simulation(
      .fleet, servers: [traits, traits], models: 2, seed: seed)
    simulation.add(arrivals.sorted { $0.at < $1.at })
    return errors(simulation.run(), of: 2)
  }
}
