/// Where the prompt of a conversation's turn before is cached: worth the seconds that reading it again would take.
extension FleetScheduler {
  /// Finds where a request's conversation has been, and how much of its prompt should still be there.
  func findHome(_ state: inout RequestState, at now: Instant) {
    guard let conversation = state.conversation, let entry = conversations[conversation] else { return }
    let server = Int(entry.server)
    let instance = Int(entry.instance)
    guard
      mayBeCached(
        on: server, instance, epoch: entry.epoch, serverID: entry.serverID, tokens: entry.tokens,
        mark: entry.mark, usedAt: entry.usedAt, at: now)
    else { return }
    state.home = server
    state.homeInstance = instance
    state.homeEpoch = entry.epoch
    state.cachedTokens = Int(entry.tokens)
  }

  /// Whether what a server has read should still be in its cache: its instance is in memory since, and neither too much time nor too
  /// much of other prompts has passed.
  ///
  /// - Parameters:
  ///   - epoch: of the instance, as it was read.
  ///   - tokens: of the prompt.
  ///   - mark: what the server had read by then, of all prompts.
  func mayBeCached(
    on server: Int, _ instance: Int, epoch: UInt32, serverID: Int, tokens: Int32, mark: Int64,
    usedAt: Instant, at now: Instant
  ) -> Bool {
    guard server < servers.count, !servers[server].isVacant, servers[server].server.id.number == serverID,
      instance < servers[server].instances.count, now.seconds(since: usedAt) < seconds.conversationLife,
      servers[server].instances[instance].epoch == epoch,
      servers[server].instances[instance].phase != .gone
    else { return false }
    let others = max(servers[server].tokensRead - mark, 0)
    let room =
      servers[server].keepsPrompts
      ? Int64(policy.cachedTokens)
      : Int64(tokens) * Int64(servers[server].instances[instance].slots.known)
    return others < max(room, 1)
  }

  func affinity(_ state: RequestState, _ place: Place) -> FleetAffinity {
    guard state.conversation != nil || state.hasPrompt else { return .none }
    guard state.home >= 0 else { return .initialize }
    if state.home == place.server { return .retain }
    // Many may have what all prompts begin with.
    return state.hasPrompt && place.cached > 0 && place.cached >= state.cachedTokens ? .retain : .switch
  }

  /// A conversation's turn goes to a server: the next one finds it there.
  mutating func settle(_ request: Int, on server: Int, _ instance: Int, at now: Instant) {
    let tokens = requests[request].promptTokens
    keepPrompt(request, on: server, instance, at: now)
    guard let conversation = requests[request].conversation else { return }
    conversations.put(
      ConversationTable.Entry(
        key: conversation, server: Int32(server), instance: Int32(instance),
        epoch: servers[server].instances[instance].epoch, serverID: servers[server].server.id.number,
        tokens: Int32(min(tokens, 1_000_000_000)), mark: servers[server].tokensRead, usedAt: now))
  }

  /// A turn is over: so much of it is cached now, and the prediction held or did not.
  mutating func learnConversation(
    _ request: Int, promptTokens: Int?, outputTokens: Int?, _ promptEval: Double?, at now: Instant
  ) {
    let state = requests[request]
    let (server, instance) = (state.server, state.instance)
    let prompt = promptTokens ?? state.promptTokens
    let cached = expectedCached(state, of: prompt)
    var isHit = false
    if let promptEval, cached > 0, prompt >= 64 {
      let weights = servers[server].instances[instance].weights
      let whole = Double(prompt) / max(servers[server].weights[weights].prefillRate.value, 1)
      let uncached = Double(max(prompt - cached, 0)) / Double(prompt)
      isHit = promptEval < whole * (uncached + 1) / 2
      // Below what can be told apart, nothing is learned.
      if whole > 0.05, uncached < 0.9 {
        servers[server].cacheHitRate.add(isHit ? 1 : 0, weight: seconds.smoothing / 3)
      }
      if isHit { counters.savedTokens &+= cached }
    }
    let read = isHit ? max(prompt - cached, 0) : prompt
    servers[server].tokensRead &+= Int64(read)
    // What it has loaded itself has had another number until then.
    if servers[server].instances[instance].epoch != state.epoch {
      keepPrompt(request, on: server, instance, at: now)
    }
    guard let conversation = state.conversation, var entry = conversations[conversation],
      Int(entry.server) == server, Int(entry.instance) == instance
    else { return }
    entry.tokens = Int32(min(prompt + (outputTokens ?? 0), 1_000_000_000))
    entry.mark = servers[server].tokensRead
    entry.epoch = servers[server].instances[instance].epoch
    entry.usedAt = now
    conversations.put(entry)
  }

  /// What should have been cached of a prompt of so many tokens. What is known of a prompt by itself is a part of an estimate.
  private func expectedCached(_ state: RequestState, of tokens: Int) -> Int {
    guard state.hasPrompt, state.promptTokens > 0 else { return state.expectedCached }
    let part = min(Double(state.expectedCached) / Double(state.promptTokens), 1)
    return Int(part * Double(tokens))
  }
}
