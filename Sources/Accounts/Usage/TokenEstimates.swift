internal import Access
internal import HTTPFields
internal import Limits

/// What prompts and responses come to in tokens, as far as earlier ones tell: of bounded size, it forgets what was asked for least recently. What
/// it knows of a flow or a model is an object: a copy would share them, and nobody makes one.
struct TokenEstimates: Sendable {
  /// No response is expected to have more tokens.
  static let mostOutput = 4096

  private var models: RecencyTable<ModelKey, ModelEstimates>
  private var flows: RecencyTable<FlowKey, Flow>

  init(models: Int = 1024, flows: Int = 16_384) {
    self.models = RecencyTable(capacity: models)
    self.flows = RecencyTable(capacity: flows)
  }

  /// What is known of what a key asks of a model, which is new where nothing is.
  ///
  /// - Parameter hint: where it may be, at which is looked first.
  mutating func flow(of account: UsageAccount, near hint: TablePlace? = nil) -> Flow {
    if let hint, let flow = flows[hint], flow.account === account || flow.key == FlowKey(account) {
      flows.use(hint)
      return flow
    }
    let key = FlowKey(account)
    if let place = flows.place(of: key), let flow = flows[place] { return flow }
    let flow = Flow(key, account, model(of: key.model))
    let (place, forgotten) = flows.insert(key, flow)
    flow.place = place
    forgotten?.place = nil
    return flow
  }

  /// What a request is going to take.
  mutating func estimate(_ demand: Demand, of flow: Flow) -> TokenEstimate {
    if let place = flow.model.place { models.use(place) } else { flow.model = model(of: flow.key.model) }
    let model = flow.model
    let output = min(demand.askedOutput ?? .max, flow.outputs.ninetieth ?? .max, TokenEstimates.mostOutput)
    let text = (Double(demand.textBytes) / model.bytesPerToken).rounded(.up)
    let claim = LimitClaim(
      text: Int(text), images: Int(Double(demand.images) * model.image), output: output,
      isStream: demand.isStream)
    return TokenEstimate(claim: claim, flow: flow, rate: model.rate)
  }

  /// Learns from a request of which Ollama has told the counts.
  func learn(_ usage: Usage, of demand: Demand, _ estimate: TokenEstimate) {
    let flow = estimate.flow
    flow.model.learn(usage, of: demand)
    guard demand.askedOutput != 0, usage.outputTokens > 0 else { return }
    // What the client has cut short tells how long it would have been at least: who asks for single tokens is not to make the whole
    // responses cheap that it asks for next.
    let isCut = demand.askedOutput.map { usage.outputTokens >= $0 - 1 } ?? false
    if isCut && usage.outputTokens <= flow.outputs.ninetieth ?? TokenEstimates.mostOutput { return }
    flow.outputs.add(usage.outputTokens)
  }

  /// In whose account a request's use stands: under its model's name once that has said something.
  ///
  /// - Parameter isResponse: whether it has said something to this request.
  func account(of request: Reservation, isResponse: Bool) -> UsageAccount {
    let model = request.estimate.flow.model
    if isResponse { model.hasResponded = true }
    return model.hasResponded ? request.account : request.account.ofUnknownModel
  }

  private mutating func model(of key: ModelKey) -> ModelEstimates {
    if let place = models.place(of: key), let model = models[place] { return model }
    let model = ModelEstimates()
    let (place, forgotten) = models.insert(key, model)
    model.place = place
    forgotten?.place = nil
    return model
  }
}
