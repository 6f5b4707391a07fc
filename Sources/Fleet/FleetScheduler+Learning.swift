internal import System

/// What responses tell of speeds and slots. Whatever a server writes is bounded here, before anything is computed of it.
extension FleetScheduler {
  /// A last line in seconds.
  private struct Times {
    let total: Double
    let load: Double
    let promptEval: Double
    let eval: Double

    init(_ durations: FleetDurations) {
      total = Self.seconds(durations.total)
      load = Self.seconds(durations.load)
      promptEval = Self.seconds(durations.promptEval)
      eval = Self.seconds(durations.eval)
    }

    /// In Ollama's own queue for a slot.
    var waited: Double { max(total - load - promptEval - eval, 0) }

    private static func seconds(_ nanoseconds: Int) -> Double {
      Double(min(max(nanoseconds, 0), 1 << 53)) * 1e-9
    }
  }

  /// The server has responded to a request, whatever it said.
  mutating func responded(_ request: Int, at now: Instant) {
    let server = requests[request].server
    let instance = requests[request].instance
    guard server >= 0 else { return }
    servers[server].heardAt = now
    servers[server].resortAfter = .past
    let isLastResort = requests[request].isLastResort
    if servers[server].breaker.succeeded(afterAll: isLastResort, at: now) || servers[server].busyPause > 0
      || servers[server].health != .up
    {
      servers[server].busyPause = 0
      if servers[server].health == .unknown { servers[server].health = .up }
      classify(server)
    }
    guard instance >= 0 else { return }
    let isTrial = servers[server].instances[instance].breaker.state == .halfOpen
    if servers[server].instances[instance].breaker.succeeded(afterAll: isLastResort, at: now) || isTrial {
      classify(server)
    }
  }

  mutating func completed(_ request: Int, _ report: FleetReport, at now: Instant) {
    responded(request, at: now)
    let (server, instance) = (requests[request].server, requests[request].instance)
    guard server >= 0, instance >= 0, requests[request].runningPlace >= 0 else { return }
    let state = requests[request]
    servers[server].refusesCredentials = false
    let weights = servers[server].instances[instance].weights
    let times = report.durations.map { Times($0) }
    let outputTokens = report.outputTokens.map { min(max($0, 0), mostWritten(state, at: now)) }
    let promptTokens = report.promptTokens.map { min(max($0, 0), mostRead(state)) }
    let written = outputTokens ?? written(request, at: now)
    requests.settle(request, read: promptTokens, written: written, at: now)
    seeResident(request, times, at: now)
    if let written, state.kind == .generation { learnOutput(state, written) }
    learnConversation(
      request, promptTokens: promptTokens, outputTokens: outputTokens, times?.promptEval, at: now)
    guard !report.wasPaused, !state.wasPaused, !report.isUnreliable else { return }
    let took = max(now.seconds(since: state.sentAt), 0)
    learnSlots(state, waited: times.map(\.waited), took: took, at: now)
    if let times {
      learnRates(state, weights, times, promptTokens: promptTokens, outputTokens: outputTokens)
      servers[server].instances[instance].time.add(times.promptEval + times.eval, weight: seconds.smoothing)
      servers[server].weights[weights].time.add(times.promptEval + times.eval, weight: seconds.smoothing)
    } else if state.beside <= servers[server].instances[instance].slots.known {
      servers[server].instances[instance].time.add(took, weight: seconds.smoothing)
      servers[server].weights[weights].time.add(took, weight: seconds.smoothing)
    }
  }

  /// A request that ran has loaded its instance, if nobody else has.
  private mutating func seeResident(_ request: Int, _ times: Times?, at now: Instant) {
    let (server, instance) = (requests[request].server, requests[request].instance)
    let weights = servers[server].instances[instance].weights
    let isOwnLoad = servers[server].instances[instance].load != nil
    if servers[server].instances[instance].phase == .loading, !isOwnLoad {
      becomeResident(instance, on: server, at: now)
    } else if servers[server].instances[instance].phase == .gone,
      !servers[server].instances.contains(where: { $0.weights == weights && $0.phase != .gone })
    {
      // Seen to be gone while it ran here: it is not.
      servers[server].instances[instance].phase = .resident
      servers[server].instances[instance].residentAt = now
    }
    guard let times, times.load > 0.1, requests[request].beside == 1 else { return }
    let isFirst = servers[server].instances[instance].loadingAt >= requests[request].sentAt
    if isFirst { learnLoad(weights, on: server, took: times.load) }
  }

  private mutating func learnSlots(_ state: RequestState, waited: Double?, took: Double, at now: Instant) {
    let (server, instance) = (state.server, state.instance)
    servers[server].instances[instance].seeStreams(seconds, at: now)
    guard waited != nil || !state.isStreamed else { return }
    let undisturbed = min(state.firstEndAfter ?? .infinity, took)
    let running = servers[server].instances[instance].running.count
    let evidence = SlotKnowledge.Evidence(
      waited: waited, beside: state.beside + state.followers, awaited: state.awaited, follows: state.follows,
      undisturbed: undisturbed,
      isMixed: servers[server].mixedAt >= state.sentAt, took: took,
      awaitedAtEnd: running - servers[server].instances[instance].ghosts,
      meanTime: servers[server].instances[instance].time.isGuess
        ? 0 : servers[server].instances[instance].time.value)
    let known = servers[server].instances[instance].slots.known
    let foreign = servers[server].instances[instance].slots.learn(evidence, seconds, at: now)
    // What seemed to be others' traffic were our own requests, for which there are fewer slots than was thought.
    if servers[server].instances[instance].slots.known < known { servers[server].foreignUntil = .past }
    guard let foreign else { return }
    servers[server].foreign.add(foreign, weight: seconds.smoothing)
    servers[server].foreignUntil = now.after(seconds.foreignTraffic)
  }

  private mutating func learnRates(
    _ state: RequestState, _ weights: Int, _ times: Times, promptTokens: Int?, outputTokens: Int?
  ) {
    let server = state.server
    if let promptTokens, times.promptEval > 0, promptTokens >= 16 {
      let rate = Double(promptTokens) / times.promptEval
      let known = servers[server].weights[weights].prefillRate
      // A prompt that was cached looks as if it had been read fast: only one that cannot have been tells the rate.
      let isFresh = (state.conversation != nil || state.hasPrompt) && state.home < 0
      if isFresh || known.isGuess || rate < known.value {
        servers[server].weights[weights].prefillRate.add(rate, weight: seconds.smoothing)
      } else if state.expectedCached == 0, rate < known.value * 4 {
        servers[server].weights[weights].prefillRate.add(rate, weight: seconds.smoothing / 6)
      }
      if known.isGuess { guessPrefillRates(of: state.model, like: weights, on: server) }
    }
    if let outputTokens, outputTokens > 1, times.eval > 0 {
      let rate = Double(outputTokens) / times.eval
      let bucket = WeightsState.bucket(servers[server].instances[state.instance].running.count)
      servers[server].weights[weights].decodeRates[bucket].add(rate, weight: seconds.smoothing)
    }
  }

  /// Servers that have not read a prompt of a model yet are taken to be as fast as one that has: else the first that was used would
  /// look the fastest for ever.
  private mutating func guessPrefillRates(of model: Int, like weights: Int, on server: Int) {
    let rate = servers[server].weights[weights].prefillRate.value
    let digest = servers[server].weights[weights].digest.utf8
    for other in servers.indices where other != server {
      let place = models[model].weights(on: other)
      guard place >= 0, servers[other].weights[place].digest.utf8.elementsEqual(digest) else { continue }
      servers[other].weights[place].prefillRate.guess(rate)
    }
  }

  /// The rate of a server that has read prompts of a model; nil where none has.
  func prefillRate(of model: Int, digest: String) -> Double? {
    for server in servers.indices {
      let place = models[model].weights(on: server)
      guard place >= 0, let rate = servers[server].weights[place].prefillRate.known,
        servers[server].weights[place].digest.utf8.elementsEqual(digest.utf8)
      else { continue }
      return rate
    }
    return nil
  }

  /// Sees to it that streams which may prove slots are looked at in time, while requests wait for these.
  mutating func lookAtStreams(of instance: Int, on server: Int, at now: Instant) {
    guard requests.count > 0, servers[server].instances[instance].mayProveSlots(seconds) else { return }
    let overlap = servers[server].instances[instance].overlap(seconds)
    let due = servers[server].instances[instance].streamAt.after(overlap + 0.001)
    scanDue = min(scanDue, max(due, now.after(0.001)))
  }

  // MARK: Lengths of responses

  private func outputKey(_ state: RequestState) -> UInt64 {
    let both = state.flow ^ (UInt64(truncatingIfNeeded: state.model) &* 0x9E37_79B9_7F4A_7C15)
    return max(both &* 0xD6E8_FEB8_6659_FD93, 1)
  }

  func expectedOutput(_ state: RequestState, limit: Int?) -> Int {
    guard state.kind == .generation else { return 0 }
    var tokens = models[state.model].outputTokens.value
    if let own = outputs[outputKey(state)] { tokens = Double(own) }
    if models[state.model].outputTokens.isGuess { tokens = Double(policy.outputTokens) }
    let expected = min(max(Int(min(tokens, 1e7)), 1), 10_000_000)
    guard let limit, limit >= 0 else { return expected }
    return min(expected, max(limit, 1))
  }

  mutating func learnOutput(_ state: RequestState, _ tokens: Int) {
    models[state.model].outputTokens.add(Double(tokens), weight: seconds.smoothing)
    let key = outputKey(state)
    let old = outputs[key] ?? Float(tokens)
    outputs[key] = old + (Float(tokens) - old) * Float(policy.smoothing)
  }

  // MARK: Ghosts

  /// Whether Ollama works on for a client that has gone: it reads a prompt to its end, though nobody waits for the response.
  func haunts(_ request: Int, at now: Instant) -> Bool {
    let state = requests[request]
    guard policy.isQueueing, state.instance >= 0, state.runningPlace >= 0, !state.hasContent else {
      return false
    }
    guard servers[state.server].instances[state.instance].phase == .resident else { return false }
    let isExtra = servers[state.server].instances[state.instance].running[state.runningPlace].isExtra
    return !isExtra && ghostEnd(of: state) > now
  }

  /// When Ollama has read the prompt of a request whose client has gone, by what is expected.
  func ghostEnd(of state: RequestState) -> Instant {
    state.sentAt.after(min(state.prefill, policy.ghostAtMost.inSeconds))
  }

  mutating func endGhosts(at now: Instant) {
    ghostDue = .never
    for server in servers.indices {
      for instance in servers[server].instances.indices {
        var place = servers[server].instances[instance].running.count - 1
        while place >= 0 {
          if place < servers[server].instances[instance].running.count {
            let running = servers[server].instances[instance].running[place]
            if running.request < 0, running.endsAt <= now {
              removeRunning(place, from: instance, on: server, at: now)
              if requests.count > 0 { scanDue = min(scanDue, now) }
            } else if running.request < 0 {
              ghostDue = min(ghostDue, running.endsAt)
            }
          }
          place -= 1
        }
      }
    }
  }
}
