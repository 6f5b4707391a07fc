internal import System

extension OllamaSimulation {
  /// Gives a request to a loaded model.
  mutating func assign(_ job: Job, to runner: Int) {
    var job = job
    job.assignment = clock
    runners[runner].keepAlive = job.work.keepAlive ?? settings.keepAlive
    guard job.work.kind != .load else {
      end(job, Figures(total: clock - job.arrival, load: job.assignment - job.arrival))
      return requestEnded(on: runner)
    }
    runners[runner].waiting.append(job)
    fillSlots(of: runner)
  }

  func expiry(_ keepAlive: KeepAlive) -> MonotonicTime {
    switch keepAlive {
    case .after(let duration): clock + duration
    // The year 2318, or thereabouts, as Go's longest duration has it.
    case .forever: clock + .nanoseconds(Int64.max / 2)
    }
  }

  /// Lets those who wait have the free slots, in the order of coming.
  private mutating func fillSlots(of runner: Int) {
    while let job = runners[runner].waiting.first,
      let slot = runners[runner].cache.slot(for: job.work.prompt, among: runners[runner].freeSlots)
    {
      runners[runner].waiting.removeFirst()
      start(job, on: runner, slot)
    }
  }

  private mutating func start(_ job: Job, on runner: Int, _ slot: Int) {
    let perToken = max(1, settings.bytesPerToken)
    let prompt = job.work.prompt
    let promptTokens = max(1, (prompt.count + perToken - 1) / perToken)
    // The last token is evaluated anew each time.
    let cached = min(promptTokens - 1, runners[runner].cache.cachedBytes(of: prompt, slot: slot) / perToken)
    let tokens = job.work.kind == .generation ? settings.tokens.count : 0
    record.update(job.id) {
      $0.cachedTokens = cached
      $0.slot = slot
    }
    runners[runner].slots[slot] = Occupant(
      job: job, start: clock, cachedTokens: cached, promptTokens: promptTokens,
      tokenCount: min(tokens, max(0, job.work.tokenLimit ?? tokens)),
      due: clock + settings.promptTokenTime * (promptTokens - cached))
  }

  /// A prompt is evaluated, or a token is there.
  mutating func slotIsDue(_ runner: Int, _ slot: Int) {
    guard var occupant = runners[runner].slots[slot] else { return }
    let isEvaluated = occupant.promptEnd != nil
    if !isEvaluated {
      let killer = Array(settings.killingPrompt.utf8)
      if !killer.isEmpty, occupant.job.work.prompt.contains(killer) { return runnerDied(runner) }
      occupant.promptEnd = clock
    } else {
      effects.append(.token(occupant.job.id, index: occupant.tokens))
      occupant.tokens += 1
      record.update(occupant.job.id) {
        $0.tokens += 1
        if $0.tokens == 1 { $0.firstToken = clock }
      }
    }
    occupant.due = clock + settings.tokenTime
    runners[runner].slots[slot] = occupant
    if occupant.isGhost || occupant.tokens >= occupant.tokenCount { finish(occupant, runner, slot) }
  }

  private mutating func finish(_ occupant: Occupant, _ runner: Int, _ slot: Int) {
    let job = occupant.job
    leaveSlot(occupant, runner, slot)
    if !occupant.isGhost {
      let promptEnd = occupant.promptEnd ?? clock
      end(
        job,
        Figures(
          total: clock - job.arrival, load: job.assignment - job.arrival,
          promptEvaluation: promptEnd - occupant.start, evaluation: clock - promptEnd,
          promptTokens: occupant.promptTokens, cachedTokens: occupant.cachedTokens, tokens: occupant.tokens,
          isCut: job.work.kind == .generation && occupant.tokens < settings.tokens.count))
    }
    requestEnded(on: runner, wasGhost: occupant.isGhost)
  }

  /// Frees a slot; what it had evaluated and made stays in the cache.
  private mutating func leaveSlot(_ occupant: Occupant, _ runner: Int, _ slot: Int) {
    runners[runner].slots[slot] = nil
    guard occupant.promptEnd != nil, occupant.job.work.kind == .generation else { return }
    let text =
      occupant.tokens == 0
      ? "" : occupant.job.work.textPrefix + settings.tokens.prefix(occupant.tokens).joined()
    runners[runner].cache.insert(occupant.job.work.prompt + Array(text.utf8), slot: slot)
  }

  private mutating func end(_ job: Job, _ figures: Figures) {
    record.update(job.id) { $0.outcome = .ended }
    effects.append(.ended(job.id, figures))
  }

  /// The model's time begins anew with the end of its last request.
  private mutating func requestEnded(on runner: Int, wasGhost: Bool = false) {
    fillSlots(of: runner)
    if runners[runner].isIdle, !wasGhost {
      runners[runner].expiry = expiry(runners[runner].keepAlive)
      if runners[runner].unloadsWhenIdle {
        unload(runner, .asked)
      } else if runners[runner].keepAlive == .after(.zero) {
        unload(runner, .expired)
      }
    }
    schedule()
  }

  private mutating func runnerDied(_ runner: Int) {
    let dead = runners[runner]
    unload(runner, .died)
    for job in dead.slots.compactMap({ $0 }).filter({ !$0.isGhost }).map(\.job) + dead.waiting {
      record.update(job.id) { $0.outcome = .failed }
      effects.append(.failed(job.id, message: Self.deadRunnerMessage))
    }
    schedule()
  }

  /// Takes a request away, wherever it is.
  mutating func remove(_ id: Int) {
    if let index = pulls.firstIndex(where: { $0.id == id }) {
      pulls.remove(at: index)
    } else if let index = pending.firstIndex(where: { $0.id == id }) {
      pending.remove(at: index)
      note(id, left: .pending)
      schedule()
    } else if let loading, loading.job.id == id {
      note(id, left: .loading)
      abortLoad()
    } else {
      removeFromRunner(id)
    }
  }

  private mutating func removeFromRunner(_ id: Int) {
    for runner in runners.indices {
      if let index = runners[runner].waiting.firstIndex(where: { $0.id == id }) {
        runners[runner].waiting.remove(at: index)
        note(id, left: .waiting)
        return requestEnded(on: runner)
      }
      for case (let slot, let occupant?) in runners[runner].slots.enumerated() where occupant.job.id == id {
        guard !occupant.isGhost else { return }
        note(id, left: occupant.promptEnd == nil ? .prompt : .tokens)
        if occupant.promptEnd == nil {
          runners[runner].slots[slot]?.isGhost = true
        } else {
          leaveSlot(occupant, runner, slot)
        }
        return requestEnded(on: runner)
      }
    }
  }

  private mutating func note(_ id: Int, left phase: Record.Phase) {
    record.update(id) { $0.outcome = .left(phase) }
  }
}
