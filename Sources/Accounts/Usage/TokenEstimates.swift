internal import Access
internal import Limits

/// What prompts and responses come to in tokens, as far as earlier ones tell: a plain value of bounded size, which forgets what was asked
/// for least recently.
struct TokenEstimates: Sendable {
  /// No response is estimated at more tokens.
  static let mostOutput = 4096
  /// What is taken for a token and for an image of a model of which nothing is known.
  static let firstBytes = 4.0
  static let firstImage = 1024.0

  /// What is known of a model.
  private struct Model: Sendable {
    /// Bytes and tokens of texts, of which older ones count less and less: a long text says more than a short one, of which most is
    /// the model's own template.
    var bytes = TokenEstimates.firstBytes * 64
    var tokens = 64.0
    /// Tokens of an image.
    var image = TokenEstimates.firstImage

    var bytesPerToken: Double { min(max(bytes / max(tokens, 1), 0.5), 16) }

    mutating func learn(bytes: Int, tokens: Int) {
      self.bytes = self.bytes * 0.95 + Double(bytes)
      self.tokens = self.tokens * 0.95 + Double(tokens)
    }
  }

  /// By bytes, as in ``UsageAccount``.
  private struct ModelKey: Hashable, Sendable {
    let name: String

    static func == (left: ModelKey, right: ModelKey) -> Bool { left.name.utf8.elementsEqual(right.name.utf8) }
    func hash(into hasher: inout Hasher) { hasher.combine(bytesOf: name) }
  }

  private struct OutputKey: Hashable, Sendable {
    let key: KeyID?
    let model: ModelKey
  }

  private var models = RecencyTable<ModelKey, Model>(capacity: 1024)
  private var outputs = RecencyTable<OutputKey, OutputSketch>(capacity: 16_384)

  /// What a request is going to take.
  mutating func claim(_ demand: Demand, of account: UsageAccount) -> LimitClaim {
    var model = Model()
    if let place = models.place(of: ModelKey(name: account.model)), let known = models.entry(at: place) {
      model = known.value
    }
    let text = (Double(demand.textBytes) / model.bytesPerToken).rounded(.up)
    var output = min(demand.askedOutput ?? .max, TokenEstimates.mostOutput)
    if output > 0,
      let place = outputs.place(of: OutputKey(key: account.key, model: ModelKey(name: account.model))),
      let learned = outputs.entry(at: place)?.value.ninetieth
    {
      output = min(output, learned)
    }
    return LimitClaim(
      text: Int(text), images: Int(Double(demand.images) * model.image), output: output,
      isStream: demand.isStream)
  }

  /// Learns from a request of which Ollama has told the counts.
  mutating func learn(_ usage: Usage, of demand: Demand, _ account: UsageAccount) {
    let key = ModelKey(name: account.model)
    let place = models.place(of: key) ?? models.insert(key, Model()).place
    _ = models.update(place) { model in
      if demand.images > 0 {
        let text = Double(demand.textBytes) / model.bytesPerToken
        let image = (Double(usage.inputTokens) - text) / Double(demand.images)
        model.image += 0.2 * (min(max(image, 16), 16_384) - model.image)
      } else if demand.textBytes > 0, usage.inputTokens > 0 {
        model.learn(bytes: demand.textBytes, tokens: usage.inputTokens)
      }
    }
    guard demand.askedOutput != 0, usage.outputTokens > 0 else { return }
    let outputKey = OutputKey(key: account.key, model: key)
    let outputPlace = outputs.place(of: outputKey) ?? outputs.insert(outputKey, OutputSketch()).place
    _ = outputs.update(outputPlace) { $0.add(usage.outputTokens) }
  }
}
