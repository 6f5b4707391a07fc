internal import Accounts
internal import Fleet
internal import Handling
internal import HTTPClient
internal import HTTPServer
internal import OllamaAPI
internal import Upstreams

// What the model does for the client, where that is counted.
extension Relay: MeteredSource {
  /// The status of a request whose client did not wait for its end, as the access log has it.
  static let clientLeft = 499

  /// Of a stream that is under way, as far as it has come; of what comes in one piece nobody knows.
  var generatedTokens: Int? {
    switch response {
    case .none: makesStream ? 0 : nil
    case .collected(let head, _): head.status < 400 ? nil : 0
    case .opaque: nil
    case .events(let events): events.tokenCount
    }
  }

  /// Lets the work in that the request is.
  ///
  /// - Returns: nil where nothing is counted.
  func meteredWork(_ probe: RelayProbe?) throws(RequestFailure) -> MeteredWork? {
    guard let meteringContext else { return nil }
    makesStream = probe.map(isStream) ?? false
    let demand = Demand(
      textBytes: probe?.placement?.textBytes ?? 0, images: probe?.placement?.imageCount ?? 0,
      askedOutput: route.need == .embedding ? 0 : probe?.placement?.outputTokens, isStream: makesStream)
    return try request.begin(demand, of: probe?.model ?? model, by: meteringContext)
  }

  /// Whether the response will be a stream: Ollama's own paths stream where nothing is said, the others do not.
  private func isStream(_ probe: RelayProbe) -> Bool {
    switch route.stream {
    case .generation, .progress: probe.stream
    case .openAICompletion, .openAIResponse, .anthropicMessage: probe.asksForStream
    case nil: false
    }
  }

  /// The call has ended, and nothing of that was told to the client.
  func endWork(of call: UpstreamCall, _ failure: UpstreamFailure?) {
    guard let work else { return }
    var status = failure.map { RequestFailure($0, model: request.model).status }
    switch response {
    case .none: endWork(of: call, .nothing, status: status ?? 502)
    case .collected(let head, let content):
      if status == nil { status = head.status }
      work.sentBytes = content.count
      endWork(of: call, outcome(head, content, isWhole: failure == nil), status: status ?? head.status)
    // Of what is whole, and says nothing of tokens, none are known.
    case .opaque where failure == nil && !isCoded:
      endWork(
        of: call, responseEnd?.usage.map { .counted($0) } ?? .estimated(tokens: 0), status: status ?? 200)
    // A server that has failed before its first token has done nothing for anybody.
    case .events(let events) where failure != nil && events.tokenCount == 0:
      endWork(of: call, .nothing, status: status ?? 502)
    case .opaque, .events: endWork(of: call, status: status ?? 200)
    }
  }

  /// The response has begun, or nobody waits for it any more: what came of it counts.
  func endWork(of call: UpstreamCall?, status: Int) {
    guard work != nil else { return }
    let usage: TokenUsage? =
      switch response {
      case .none, .collected: nil
      case .opaque: responseEnd?.usage
      case .events(let events): events.usage
      }
    let outcome: WorkOutcome =
      usage.map { .counted($0) } ?? generatedTokens.map { .estimated(tokens: $0) } ?? .unseen
    endWork(of: call, outcome, status: status)
  }

  private func outcome(_ head: ResponseHead, _ content: [UInt8], isWhole: Bool) -> WorkOutcome {
    guard head.status < 400 else { return .nothing }
    guard isWhole else { return .nothing }
    guard !isCoded else { return .unseen }
    let usage =
      request.usage
      ?? content.suffix(TokenUsage.endBytes).withUnsafeBytes { TokenUsage(ofEnd: $0) }
    return usage.map { .counted($0) } ?? .estimated(tokens: 0)
  }

  private func endWork(of call: UpstreamCall?, _ outcome: WorkOutcome, status: Int) {
    guard let work else { return }
    if let call {
      work.waited = call.waited
      if work.isLogged { work.server = call.server?.description }
    }
    if request.exchange.hasResponse { work.sentBytes = request.exchange.bytesSent }
    work.end(outcome, status: status)
  }
}
