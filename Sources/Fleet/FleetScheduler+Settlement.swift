/// What a request has taken: by what its response says, as far as that can be, else by the time that it ran.
extension FleetScheduler {
  // MARK: What is believed

  /// Tokens that it can have read: no more than its bytes, and what the model's template and images add.
  func mostRead(_ state: RequestState) -> Int {
    min(state.promptTokens * FleetRequest.bytesPerToken + Self.addedTokens, 1_000_000_000)
  }

  /// Tokens that can have been written for it: no more than it has asked for, nor than the fastest server writes in its time.
  func mostWritten(_ state: RequestState, at now: Instant) -> Int {
    let seconds = min(max(now.seconds(since: state.sentAt), 0), 10_000)
    let most = Self.addedTokens + Int(seconds * Self.fastest)
    return state.outputLimit >= 0 ? min(most, max(state.outputLimit, 1)) : most
  }

  private static let addedTokens = 4_096
  /// Tokens a second of one response.
  private static let fastest = 1_000.0

  // MARK: What is not said

  /// Tokens that were written for it, by the time since its first and the speed of its model there; nil where nothing is known.
  func written(_ request: Int, at now: Instant) -> Int? {
    let state = requests[request]
    let (server, instance, running) = (state.server, state.instance, state.runningPlace)
    guard state.kind == .generation, server >= 0, instance >= 0, running >= 0 else { return nil }
    var begins = state.contentAt
    if !state.isStreamed {
      // In Ollama's own queue nothing is written.
      let its = servers[server].instances[instance].running[running]
      begins = its.isExtra ? now : its.endsAt.after(state.prefill - its.takes)
    } else if !state.hasContent {
      return nil
    }
    let beside = servers[server].instances[instance].running.count
    let rate = servers[server].weights[servers[server].instances[instance].weights].decodeRate(beside: beside)
    let tokens = max(now.seconds(since: begins), 0) * rate
    return min(Int(min(tokens, 1e7)) + 1, mostWritten(state, at: now))
  }

  /// Who asked is gone: the prompt is read to its end all the same, and no more is written. How long the response would have been
  /// nobody knows, but that it was longer than expected.
  mutating func settleCut(_ request: Int, at now: Instant) {
    guard requests[request].charge > 0 else { return }
    let written = written(request, at: now) ?? 0
    requests.settle(request, read: nil, written: written, at: now)
    let state = requests[request]
    if state.kind == .generation, written > state.outputTokens { learnOutput(state, written) }
  }

  /// The response has broken off: what went out is paid for, and no silence.
  mutating func settleFailed(_ request: Int, at now: Instant) {
    let written = written(request, at: now).map { min($0, requests[request].outputTokens) }
    requests.settle(request, read: nil, written: written, at: now)
  }

  /// What was passed on was an error, of which the server has made little, or a response that the gateway could not go on with.
  mutating func settle(_ request: Int, refusedWith status: Int, at now: Instant) {
    guard requests[request].charge > 0 else { return }
    guard status >= 400 else { return settleCut(request, at: now) }
    let state = requests[request]
    guard state.server >= 0, state.instance >= 0 else { return }
    let weights = servers[state.server].instances[state.instance].weights
    let rate = servers[state.server].weights[weights].prefillRate.value
    let read = max(now.seconds(since: state.sentAt), 0) * rate
    requests.settle(
      request, read: Int(min(read, Double(state.promptTokens))), written: 0, at: now)
  }
}
