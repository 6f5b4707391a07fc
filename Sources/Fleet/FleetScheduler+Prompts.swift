/// Where the beginning of a prompt is cached whose client names no conversation: known by the prompt itself.
extension FleetScheduler {
  /// Finds which servers have the beginning of a request's prompt, and which has the most of it.
  mutating func findHomes(_ request: Int, _ state: inout RequestState, _ prompt: PromptChain, at now: Instant)
  {
    // With one server there is nothing to choose.
    guard state.conversation == nil, state.kind == .generation, sole < 0, !prompt.blocks.isEmpty else {
      return
    }
    state.hasPrompt = true
    while promptRecords.count <= request { promptRecords.append(PromptRecord()) }
    promptRecords[request].blocks = prompt.blocks
    promptRecords[request].homes.removeAll(keepingCapacity: true)
    promptRecords[request].isNew = true
    var rest = eligible(model: state.model, state.allowed)
    while let server = rest.popFirst() {
      let weights = models[state.model].weights(on: server)
      guard weights >= 0, let (home, isLast) = home(of: prompt.blocks, weights, on: server, at: now) else {
        continue
      }
      promptRecords[request].homes.append(home)
      if isLast { promptRecords[request].isNew = false }
      guard home.tokens > state.cachedTokens else { continue }
      state.home = server
      state.homeInstance = home.instance
      state.homeEpoch = home.epoch
      state.cachedTokens = home.tokens
    }
  }

  /// - Parameter blocks: not empty.
  /// - Returns: nil where the server does not even have the first block.
  private func home(
    of blocks: [UInt64], _ weights: Int, on server: Int, at now: Instant
  ) -> (PromptRecord.Home, isLast: Bool)? {
    guard var found = entry(of: blocks[0], weights, on: server, at: now) else { return nil }
    // Who has a block has those before it.
    var (known, unknown) = (1, blocks.count + 1)
    while known + 1 < unknown {
      let middle = (known + unknown) / 2
      if let entry = entry(of: blocks[middle - 1], weights, on: server, at: now) {
        (found, known) = (entry, middle)
      } else {
        unknown = middle
      }
    }
    let tokens = PromptChain.bytes(ofBlocks: known) / FleetRequest.bytesPerToken
    return (
      PromptRecord.Home(server: server, instance: Int(found.instance), epoch: found.epoch, tokens: tokens),
      found.isLast
    )
  }

  /// Nil where the block is not in the server's cache, as far as is known.
  private func entry(
    of block: UInt64, _ weights: Int, on server: Int, at now: Instant
  ) -> PromptTable.Entry? {
    guard let entry = prompts[key(of: block, weights, on: server)], Int(entry.server) == server,
      mayBeCached(
        on: server, Int(entry.instance), epoch: entry.epoch, serverID: entry.serverID, tokens: entry.tokens,
        mark: entry.mark, usedAt: entry.usedAt, at: now)
    else { return nil }
    return entry
  }

  /// A block is another's on each server and for each model.
  private func key(of block: UInt64, _ weights: Int, on server: Int) -> UInt64 {
    let number = UInt64(truncatingIfNeeded: servers[server].server.id.number)
    let place = (number << 32 ^ UInt64(weights)) &* 0x9E37_79B9_7F4A_7C15
    let product = (block ^ 0xA076_1D64_78BD_642F).multipliedFullWidth(by: place ^ 0xE703_7ED1_A0B4_28DB)
    return (product.high ^ product.low) | 1
  }

  /// Tokens of a request's prompt that a server should have, where they are known by the prompt itself.
  func promptTokens(of request: Int, on server: Int, _ instance: Int) -> Int {
    for home in promptRecords[request].homes where home.server == server && home.instance == instance {
      return servers[server].instances[instance].epoch == home.epoch ? home.tokens : 0
    }
    return 0
  }

  /// What all prompts begin with is of use on each server: who reads it where it is not read it for those that come after. So a
  /// conversation that is new goes there for half of its worth only, or all would go to the server that was first.
  ///
  /// - Parameter seconds: what is saved on a server that has it.
  func sharedWorth(of request: Int, _ seconds: Double) -> Double {
    requests[request].hasPrompt && promptRecords[request].isNew ? seconds * Self.sharedPart : 0
  }

  private static let sharedPart = 0.5

  /// A request's prompt is read by a server, or has been: who begins with the same finds it there. Once a request, as a rule: what it
  /// reads itself is taken to be read by then.
  mutating func keepPrompt(_ request: Int, on server: Int, _ instance: Int, at now: Instant) {
    guard requests[request].hasPrompt else { return }
    let tokens = requests[request].promptTokens
    let weights = servers[server].instances[instance].weights
    var entry = PromptTable.Entry()
    entry.server = Int32(server)
    entry.instance = Int32(instance)
    entry.serverID = servers[server].server.id.number
    entry.epoch = servers[server].instances[instance].epoch
    entry.tokens = Int32(tokens)
    entry.mark = servers[server].tokensRead &+ Int64(tokens)
    entry.usedAt = now
    for (place, block) in promptRecords[request].blocks.enumerated() {
      entry.isLast = place == promptRecords[request].blocks.count - 1
      entry.key = key(of: block, weights, on: server)
      prompts.put(entry)
    }
  }
}
