/// Where the prompt of a conversation's turn before is cached: worth the seconds that reading it again would take.
extension FleetScheduler {
  /// Finds where a request's conversation has been, and how much of its prompt should still be there.
  func findHome(_ state: inout RequestState, at now: Instant) {
    guard let conversation = state.conversation, let entry = conversations[conversation] else { return }
    let server = Int(entry.server)
    let instance = Int(entry.instance)
    guard server < servers.count, !servers[server].isVacant,
      servers[server].server.id.number == entry.serverID,
      instance < servers[server].instances.count, now.seconds(since: entry.usedAt) < seconds.conversationLife,
      servers[server].instances[instance].epoch == entry.epoch,
      servers[server].instances[instance].phase == .resident
        || servers[server].instances[instance].phase == .loading
    else { return }
    let others = max(servers[server].tokensRead - entry.mark, 0)
    let room =
      servers[server].keepsPrompts
      ? Int64(policy.cachedTokens)
      : Int64(entry.tokens) * Int64(servers[server].instances[instance].slots.known)
    guard others < max(room, 1) else { return }
    state.home = server
    state.homeInstance = instance
    state.homeEpoch = entry.epoch
    state.cachedTokens = Int(entry.tokens)
  }

  func affinity(_ state: RequestState, _ place: Place) -> FleetAffinity {
    guard state.conversation != nil else { return .none }
    guard state.home >= 0 else { return .initialize }
    return state.home == place.server ? .retain : .switch
  }

  /// A conversation's turn goes to a server: the next one finds it there.
  mutating func settle(_ request: Int, on server: Int, _ instance: Int, at now: Instant) {
    guard let conversation = requests[request].conversation else { return }
    let tokens = requests[request].promptTokens
    conversations.put(
      ConversationTable.Entry(
        key: conversation, server: Int32(server), instance: Int32(instance),
        epoch: servers[server].instances[instance].epoch, serverID: servers[server].server.id.number,
        tokens: Int32(min(tokens, 1_000_000_000)), mark: servers[server].tokensRead, usedAt: now))
  }

  /// A turn is over: so much of it is cached now, and the prediction held or did not.
  mutating func learnConversation(
    _ state: RequestState, promptTokens: Int?, outputTokens: Int?, _ promptEval: Double?, at now: Instant
  ) {
    let (server, instance) = (state.server, state.instance)
    let prompt = promptTokens ?? state.promptTokens
    var isHit = false
    if let promptEval, state.expectedCached > 0, prompt >= 64 {
      let weights = servers[server].instances[instance].weights
      let whole = Double(prompt) / max(servers[server].weights[weights].prefillRate.value, 1)
      let uncached = Double(max(prompt - state.expectedCached, 0)) / Double(prompt)
      isHit = promptEval < whole * (uncached + 1) / 2
      // Below what can be told apart, nothing is learned.
      if whole > 0.05 { servers[server].cacheHitRate.add(isHit ? 1 : 0, weight: seconds.smoothing / 3) }
      if isHit { counters.savedTokens &+= state.expectedCached }
    }
    let read = isHit ? max(prompt - state.expectedCached, 0) : prompt
    servers[server].tokensRead &+= Int64(read)
    guard let conversation = state.conversation, var entry = conversations[conversation],
      Int(entry.server) == server, Int(entry.instance) == instance
    else { return }
    entry.tokens = Int32(min(prompt + (outputTokens ?? 0), 1_000_000_000))
    entry.mark = servers[server].tokensRead
    entry.epoch = servers[server].instances[instance].epoch
    entry.usedAt = now
    conversations.put(entry)
  }
}
