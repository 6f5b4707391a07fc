public import System

extension OllamaSimulation {
  /// A request for a loaded model goes to its slots, any other to the queue of loads.
  mutating func admit(_ job: Job) {
    if settings.hasFastPath || pending.isEmpty, let runner = matchingRunner(job) {
      return assign(job, to: runner)
    }
    guard pending.count < settings.maximumQueue else { return refuse(job.id, 503, Self.busyMessage) }
    pending.append(job)
    schedule()
  }

  /// Serves the queue of loads from its head on, until that has to wait.
  mutating func schedule() {
    while loading == nil, let job = pending.first {
      if let runner = matchingRunner(job) {
        pending.removeFirst()
        assign(job, to: runner)
      } else if let runner = runners.firstIndex(where: { $0.model.digest == job.digest }) {
        guard runners[runner].isIdle else { return }
        unload(runner, .reloaded)
      } else if runners.count >= settings.maximumLoaded {
        guard let victim = victim, runners[victim].isIdle else { return }
        unload(victim, .evicted)
      } else {
        pending.removeFirst()
        beginLoad(job)
      }
    }
  }

  private func matchingRunner(_ job: Job) -> Int? {
    let options = job.work.options.resolved(settings.contextLength)
    return runners.firstIndex {
      $0.model.digest == job.digest && $0.options == options && !$0.unloadsWhenIdle
    }
  }

  /// Of the idle models that with the shortest keep-alive, else of all (`findRunnerToUnload`).
  private var victim: Int? {
    let order = runners.indices.sorted { Self.staysShorter(runners[$0], runners[$1]) }
    return order.first { runners[$0].isIdle } ?? order.first
  }

  private static func staysShorter(_ first: Runner, _ second: Runner) -> Bool {
    switch (first.keepAlive, second.keepAlive) {
    case (.after(let first), .after(let second)): first < second
    case (.after, .forever): true
    case (.forever, _): false
    }
  }

  private mutating func beginLoad(_ job: Job) {
    guard let model = models.first(where: { $0.digest == job.digest }) else {
      return refuse(job.id, 404, #"model "\#(job.work.model)" not found, try pulling it first"#)
    }
    let options = job.work.options.resolved(settings.contextLength)
    record.add(Record.Load(name: job.name, digest: job.digest, options: options))
    loading = Loading(
      job: job, model: model, options: options, recordIndex: record.loads.count - 1,
      due: clock + (model.loadTime ?? settings.loadTime))
  }

  mutating func loadEnded() {
    guard let load = loading else { return }
    loading = nil
    record.loads[load.recordIndex].isComplete = true
    let slots = load.model.slots ?? settings.slots
    runners.append(
      Runner(
        model: load.model, name: load.job.name, options: load.options,
        slots: Array(repeating: nil, count: slots),
        keepAlive: settings.keepAlive, expiry: expiry(load.job.work.keepAlive ?? settings.keepAlive),
        cache: PromptCache(settings.promptCache)))
    assign(load.job, to: runners.count - 1)
    schedule()
  }

  /// "client connection closed before llama-server finished loading, aborting load"
  mutating func abortLoad() {
    guard let load = loading else { return }
    loading = nil
    record.loads[load.recordIndex].isComplete = false
    schedule()
  }

  /// Ends a runner, with its caches and the evaluations that nobody waits for.
  mutating func unload(_ runner: Int, _ reason: Record.Reason) {
    record.add(Record.Unload(name: runners[runner].name, reason: reason))
    runners.remove(at: runner)
  }

  /// `keep_alive` 0 without a prompt: the model goes, once it is idle.
  ///
  /// - Returns: whether there is such a model.
  public mutating func unload(_ model: String, at now: MonotonicTime) -> (isKnown: Bool, effects: [Effect]) {
    run(to: now)
    guard let model = self.model(named: model) else { return (false, takeEffects()) }
    if let runner = runners.firstIndex(where: { $0.model.digest == model.digest }) {
      if runners[runner].isIdle { unload(runner, .asked) } else { runners[runner].unloadsWhenIdle = true }
      schedule()
    }
    return (true, takeEffects())
  }
}
