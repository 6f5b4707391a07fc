public import System

extension OllamaSimulation {
  /// Deletes a model, and ends its runner.
  ///
  /// - Returns: whether there was one.
  public mutating func delete(_ name: String, at now: MonotonicTime) -> (isKnown: Bool, effects: [Effect]) {
    run(to: now)
    guard let model = model(named: name) else { return (false, takeEffects()) }
    models.removeAll { $0.name == model.name }
    // The same file under another name keeps its runner.
    if !models.contains(where: { $0.digest == model.digest }),
      let runner = runners.firstIndex(where: { $0.model.digest == model.digest })
    {
      if runners[runner].isIdle { unload(runner, .deleted) } else { runners[runner].unloadsWhenIdle = true }
      schedule()
    }
    return (true, takeEffects())
  }

  /// Gives a model another name, which has the same digest.
  ///
  /// - Returns: whether the source is there.
  public mutating func copy(_ source: String, to name: String) -> Bool {
    guard var model = model(named: source) else { return false }
    model.name = SimulatedModel.tagged(name)
    add(model)
    return true
  }

  /// Adds a model, or another one of the same name.
  public mutating func add(_ model: SimulatedModel) {
    let canonical = SimulatedModel.canonical(model.name)
    models.removeAll { SimulatedModel.canonical($0.name) == canonical }
    models.append(model)
  }

  /// A row of `/api/ps`.
  public struct Resident: Sendable, Equatable {
    /// The model under the name that loaded it.
    public let model: SimulatedModel
    /// The context length of its runner.
    public let contextLength: Int
    /// When it goes if nobody asks for it; stands still while it is busy.
    public let expiry: MonotonicTime
  }

  /// What `/api/ps` tells: nothing of slots, queues and what is being loaded.
  public mutating func residents(at now: MonotonicTime) -> (rows: [Resident], effects: [Effect]) {
    run(to: now)
    let rows = runners.map { runner in
      var model = runner.model
      model.name = runner.name
      return Resident(
        model: model, contextLength: runner.options.contextLength ?? settings.contextLength,
        expiry: runner.expiry)
    }
    return (rows, takeEffects())
  }

  /// A model as a test sees it, with all that `/api/ps` does not tell.
  public struct RunnerView: Sendable, Equatable {
    /// The name that loaded it.
    public let name: String
    /// The runner options.
    public let options: RunnerOptions
    /// The requests in slots.
    public let running: Int
    /// The requests that wait for a slot.
    public let waiting: Int
    /// The evaluations whose clients left.
    public let ghosts: Int
    /// The most tokens that one of the running requests has made.
    public let tokens: Int
  }

  /// The inside at the moment of what happened last.
  public struct View: Sendable, Equatable {
    /// The loaded models, in the order of loading.
    public let runners: [RunnerView]
    /// The model that is being loaded.
    public let loading: String?
    /// The requests that wait for a load.
    public let pending: Int
    /// The pulls that go on.
    public let pulls: Int

    /// A loaded model by the name that loaded it.
    public func runner(_ name: String) -> RunnerView? {
      runners.first { $0.name == SimulatedModel.tagged(name) }
    }

    /// The requests in slots, on all models.
    public var running: Int { runners.reduce(0) { $0 + $1.running } }
    /// The requests that wait for a slot, on all models.
    public var waiting: Int { runners.reduce(0) { $0 + $1.waiting } }
    /// The requests that have not come to an end.
    public var unfinished: Int { running + waiting + pending + (loading == nil ? 0 : 1) }
  }

  /// The inside, for tests.
  public var view: View {
    View(
      runners: runners.map { runner in
        let occupants = runner.slots.compactMap { $0 }
        return RunnerView(
          name: runner.name, options: runner.options, running: occupants.count { !$0.isGhost },
          waiting: runner.waiting.count, ghosts: occupants.count(where: \.isGhost),
          tokens: occupants.filter { !$0.isGhost }.map(\.tokens).max() ?? 0)
      },
      loading: loading?.job.name, pending: pending.count, pulls: pulls.count)
  }
}
