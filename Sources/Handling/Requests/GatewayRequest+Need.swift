package import Access
package import Fleet
internal import Bytes
internal import HTTPFields
internal import HTTPServer
package import OllamaAPI
internal import System
package import Upstreams

// What its call needs of the server that it goes to.
extension GatewayRequest {
  /// Of servers that are chosen (``UpstreamServers/areChosen``).
  ///
  /// - Parameters:
  ///   - model: as it was written.
  ///   - signs: what its body tells, where it was read for that.
  ///   - prompt: see ``prompt(of:_:for:)``: nothing else tells of a request that has one which conversation it is.
  ///   - isStreamed: whether its response comes as it is made.
  ///   - isRetryable: whether it may be sent once more.
  package func need(
    _ kind: FleetRequest.Kind, of upstreams: UpstreamClient, model: String?, _ signs: PlacementSigns?,
    prompt: PromptChain? = nil, isStreamed: Bool, isRetryable: Bool
  ) -> FleetRequest {
    var need = FleetRequest(
      kind, model: model.map(upstreams.canonicalName),
      isPrivileged: isFromThisMachine, isStreamed: isStreamed, isRetryable: isRetryable)
    need.waitLimit = waitLimit
    takeAsker(into: &need)
    need.prompt = prompt
    guard let signs else { return need }
    need.take(signs)
    // With one server it is where it is.
    if prompt == nil, upstreams.servers.ids.count > 1, let name = conversation(signs.conversation) {
      var hasher = Hasher()
      hasher.combine(need.flow)
      hasher.combine(need.model)
      hasher.combine(name)
      need.conversation = UInt64(bitPattern: Int64(hasher.finalize()))
    }
    return need
  }

  private func takeAsker(into need: inout FleetRequest) {
    if let principal, let grant = principal.grant {
      need.take(grant, as: principal.id)
    } else {
      need.take(caller: .address(forwarded?.way.hops.first ?? peer.address), knownAs: principal?.id)
    }
  }

  /// Who takes turns by it in the queue, as far as that is known.
  var flow: UInt64 {
    var need = FleetRequest(.general)
    takeAsker(into: &need)
    return need.flow
  }

  /// The beginnings of a request's prompt, where they are worth something: several servers could have them, and nothing else tells
  /// which conversation it is.
  ///
  /// - Parameters:
  ///   - body: what was read, and is still as it was.
  ///   - signs: what it tells.
  package func prompt(
    of body: [UInt8], _ signs: PlacementSigns, for upstreams: UpstreamClient
  ) -> PromptChain? {
    guard upstreams.servers.ids.count > 1, signs.promptBytes >= PromptChain.shortBlock,
      conversation(signs.conversation) == nil
    else { return nil }
    let chain = body.withUnsafeBytes { bytes in
      PromptChain(signs.promptParts(of: bytes), seed: upstreams.pool.promptSeed)
    }
    return chain.blocks.isEmpty ? nil : chain
  }

  /// How long the client wants to wait for a server, in whole seconds; nil where it does not say so.
  package var waitLimit: Duration? {
    exchange.request.first("x-request-timeout").flatMap { $0.utf8.decimal }.map { .seconds(min($0, 86_400)) }
  }

  /// The fields in which clients name their conversations, the surest first.
  private static let conversationFields: [StaticString] = [
    "x-session-id", "x-session-token", "x-claude-code-session-id", "session-id", "session_id",
    "x-session-affinity",
  ]
  private static let conversationNames = FieldNameSet(conversationFields)

  /// - Parameter named: what the body says.
  private func conversation(_ named: [UInt8]?) -> [UInt8]? {
    let fields = exchange.request.fields
    // Most requests have none of them.
    guard GatewayRequest.conversationNames.mayMeet(fields) else { return named }
    for name in GatewayRequest.conversationFields {
      guard let value = fields.first(name) else { continue }
      if (1...PlacementSigns.maximumConversationBytes).contains(value.utf8.count) { return Array(value.utf8) }
    }
    return named
  }
}

extension FleetRequest {
  /// What the request's body tells.
  package mutating func take(_ signs: PlacementSigns) {
    options = FleetRunnerOptions(
      contextLength: signs.contextLength, others: signs.runnerOptions == 0 ? nil : signs.runnerOptions)
    promptTokens = signs.promptBytes / FleetRequest.bytesPerToken
    outputLimit = signs.outputTokens
  }

  /// What tells the request apart from others.
  package mutating func takeNumber(ofBody bytes: [UInt8], for upstreams: UpstreamClient) {
    let seed = upstreams.pool.promptSeed
    promptHash = bytes.withUnsafeBytes { PromptChain.number(ofBody: $0, seed: seed) }
  }

  /// Who asks by a key, or has signed in: the share is the user's, or the key's, from wherever it is used.
  ///
  /// - Parameter id: the one whom it names.
  package mutating func take(_ grant: Grant, as id: Principal.ID) {
    guard let key = grant.key else {
      if let user = grant.user { take(caller: .user(user.name.text)) }
      return
    }
    let (first, last) = key.id.numbers
    switch id {
    case .keyUser(_, let name): take(caller: .keyUser(first, last, name.text))
    default: take(caller: (grant.user?.name ?? key.user).map { .user($0.text) } ?? .key(first, last))
    }
    weight = key.weight
    band =
      switch key.priority {
      case .interactive: .interactive
      case .normal: .normal
      case .batch: .batch
      }
  }

  /// Who asks, whether by a key or without one: then it is by where that is, whatever else comes along.
  package mutating func take(_ admitted: Admitted) {
    isPrivileged = admitted.place.isOnThisMachine
    if let grant = admitted.principal.grant {
      take(grant, as: admitted.principal.id)
    } else {
      take(caller: .address(admitted.place.address), knownAs: admitted.principal.id)
    }
  }

  /// Who shows no key: by where that is, whatever else comes along, but for whom a trusted proxy names.
  fileprivate mutating func take(caller: FleetCaller, knownAs id: Principal.ID?) {
    if case .proxyUser(let name)? = id { take(caller: .proxyUser(name.text)) } else { take(caller: caller) }
  }

  fileprivate mutating func take(caller: FleetCaller) {
    self.caller = caller
    flow = caller.flow
  }
}
