internal import Access
internal import HTTPFields
internal import Limits

/// What prompts and responses come to in tokens, as far as earlier ones tell: a plain value of bounded size, which forgets what was asked
/// for least recently.
struct TokenEstimates: Sendable {
  /// No response is expected to have more tokens.
  static let mostOutput = 4096

  /// What is known of a model.
  private struct Model: Sendable {
    /// What is taken for a token, and for an image, of a model of which nothing is known.
    static let firstBytes = 4.0
    static let firstImage = 1024.0

    /// Bytes and tokens of texts, of which older ones count less and less: a long text says more than a short one, of which most is
    /// the model's own template.
    private var bytes = firstBytes * 64
    private var tokens = 64.0
    /// Tokens of an image.
    private(set) var image = firstImage

    /// Whether it has said something.
    var hasResponded = false
    /// Tokens of a response in a second, as Ollama tells its time; nil where it has not.
    private(set) var rate: Double?

    var bytesPerToken: Double { min(max(bytes / max(tokens, 1), 0.5), 16) }

    mutating func learn(_ usage: Usage, of demand: Demand) {
      learnRate(usage)
      let input = usage.inputTokens
      guard input > 0 else { return }
      if demand.images > 0 {
        let images = Double(input) - Double(demand.textBytes) / bytesPerToken
        image += 0.2 * (min(max(images / Double(demand.images), 16), 16_384) - image)
      } else if demand.textBytes > 0 {
        bytes = bytes * 0.95 + Double(demand.textBytes)
        tokens = tokens * 0.95 + Double(input)
      }
    }

    /// Where Ollama does not tell its times, that of the prompt is missing, and the other is the whole request's. Of a few tokens it says
    /// little.
    private mutating func learnRate(_ usage: Usage) {
      guard usage.outputTokens >= 4, usage.promptMicroseconds > 0, usage.evalMicroseconds > 0 else { return }
      let new = min(Double(usage.outputTokens) * 1e6 / Double(usage.evalMicroseconds), 100_000)
      rate = rate.map { $0 + 0.2 * (new - $0) } ?? new
    }
  }

  /// What a key asks of a model, by bytes as in ``UsageAccount``.
  private struct FlowKey: Hashable, Sendable {
    let key: KeyID?
    let model: ModelKey

    init(_ account: UsageAccount) {
      key = account.key
      model = ModelKey(name: account.model)
    }
  }

  private struct ModelKey: Hashable, Sendable {
    let name: String

    static func == (left: ModelKey, right: ModelKey) -> Bool { left.name.hasSameBytes(as: right.name) }
    func hash(into hasher: inout Hasher) { hasher.combine(bytesOf: name) }
  }

  private struct Flow: Sendable {
    /// The model, as long as it is known.
    var model: TablePlace
    var outputs = OutputSketch()
    var places = FlowPlaces()
  }

  private var models: RecencyTable<ModelKey, Model>
  private var flows: RecencyTable<FlowKey, Flow>

  init(models: Int = 1024, flows: Int = 16_384) {
    self.models = RecencyTable(capacity: models)
    self.flows = RecencyTable(capacity: flows)
  }

  /// What a request is going to take.
  ///
  /// - Parameter hint: where what is known of the key and the model may be, at which is looked first.
  mutating func estimate(
    _ demand: Demand, of account: UsageAccount, near hint: TablePlace? = nil
  ) -> TokenEstimate {
    let key = FlowKey(account)
    let flow = flows.place(of: key, near: hint) ?? flows.insert(key, Flow(model: place(of: key.model))).place
    let (model, learned) = known(of: flow, key.model)
    let output = min(demand.askedOutput ?? .max, learned ?? .max, TokenEstimates.mostOutput)
    let text = (Double(demand.textBytes) / model.bytesPerToken).rounded(.up)
    let claim = LimitClaim(
      text: Int(text), images: Int(Double(demand.images) * model.image), output: output,
      isStream: demand.isStream)
    return TokenEstimate(claim: claim, flow: flow, rate: model.rate)
  }

  /// Where else there is something of what a key asks of a model: to be looked at first.
  mutating func places(of flow: TablePlace) -> FlowPlaces { flows.update(flow) { $0.places } ?? FlowPlaces() }

  /// Where it was found.
  ///
  /// - Parameter old: where it was looked for.
  mutating func found(_ places: FlowPlaces, of flow: TablePlace, insteadOf old: FlowPlaces) {
    if places != old { _ = flows.update(flow) { $0.places = places } }
  }

  /// Learns from a request of which Ollama has told the counts.
  mutating func learn(_ usage: Usage, of demand: Demand, _ estimate: TokenEstimate) {
    guard let flow = flows[estimate.flow]?.value else { return }
    _ = models.update(flow.model) { $0.learn(usage, of: demand) }
    guard demand.askedOutput != 0, usage.outputTokens > 0 else { return }
    _ = flows.update(estimate.flow) { flow in
      // What the client has cut short tells how long it would have been at least: who asks for single tokens is not to make the whole
      // responses cheap that it asks for next.
      let isCut = demand.askedOutput.map { usage.outputTokens >= $0 - 1 } ?? false
      if isCut && usage.outputTokens <= flow.outputs.ninetieth ?? TokenEstimates.mostOutput { return }
      flow.outputs.add(usage.outputTokens)
    }
  }

  /// In whose account a request's use stands: under its model's name once that has said something.
  ///
  /// - Parameter isResponse: whether it has said something to this request.
  mutating func account(of request: RunningRequest, isResponse: Bool) -> UsageAccount {
    guard let flow = flows[request.estimate.flow]?.value, let model = models[flow.model]?.value else {
      return isResponse ? request.account : request.account.ofUnknownModel
    }
    if isResponse && !model.hasResponded { _ = models.update(flow.model) { $0.hasResponded = true } }
    return isResponse || model.hasResponded ? request.account : request.account.ofUnknownModel
  }

  /// What is known of the model, and how long nine of ten responses are at most.
  private mutating func known(of place: TablePlace, _ key: ModelKey) -> (model: Model, output: Int?) {
    guard let flow = flows[place]?.value else { return (Model(), nil) }
    if let model = models[flow.model]?.value {
      models.use(flow.model)
      return (model, flow.outputs.ninetieth)
    }
    let model = self.place(of: key)
    _ = flows.update(place) { $0.model = model }
    return (models[model]?.value ?? Model(), flow.outputs.ninetieth)
  }

  private mutating func place(of key: ModelKey) -> TablePlace {
    models.place(of: key) ?? models.insert(key, Model()).place
  }
}
