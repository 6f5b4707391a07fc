extension OllamaSimulation {
  /// What a simulated Ollama is and how fast.
  public struct Settings: Sendable {
    /// What `/api/version` says.
    public var version = "0.33.0"
    /// The models that it has at its start.
    public var models: [SimulatedModel]
    /// The requests that a loaded model takes at once (`OLLAMA_NUM_PARALLEL`).
    public var slots = 1
    /// The models that are loaded at once (`OLLAMA_MAX_LOADED_MODELS`).
    public var maximumLoaded = 3
    /// The requests that wait for a load before more are refused with 503 (`OLLAMA_MAX_QUEUE`).
    public var maximumQueue = 512
    /// Requests for a loaded model pass those that wait for a load, as in 0.33. In 0.9.3 they wait behind them.
    public var hasFastPath = true
    /// How long a model stays that nobody asks for (`OLLAMA_KEEP_ALIVE`).
    public var keepAlive = KeepAlive.after(.seconds(300))
    /// The context length of requests that name none.
    public var contextLength = 4096
    /// The prompts that stay in memory.
    public var promptCache = PromptCache.Capacity.prompts(16)

    /// How long a model takes to load.
    public var loadTime = Duration.milliseconds(20)
    /// How long a token of a prompt takes that is not cached.
    public var promptTokenTime = Duration.microseconds(20)
    /// How long a token of the text takes.
    public var tokenTime = Duration.milliseconds(1)
    /// The bytes of a prompt that are a token.
    public var bytesPerToken = 4
    /// What it says to everything, a token each.
    public var tokens = OllamaResponses.defaultTokens
    /// A prompt with this text kills its runner when it is evaluated.
    public var killingPrompt = "kill-runner"

    /// The layers of a model that is pulled.
    public var pullLayers = 2
    /// The bytes of a layer.
    public var pullLayerSize = 1000
    /// The time between two lines of a pull's progress.
    public var pullStepTime = Duration.milliseconds(1)

    /// An Ollama with these models, and otherwise the values that each member tells.
    public init(models: [SimulatedModel] = [SimulatedModel("tinyllama"), SimulatedModel("smollm2:135m")]) {
      self.models = models
    }

    /// An Ollama with models of these names.
    public init(_ names: [String]) {
      self.init(models: names.map { SimulatedModel($0) })
    }
  }

  /// How long a model stays after its last request.
  public enum KeepAlive: Sendable, Equatable {
    /// So long; 0 unloads it at the end of the request.
    case after(Duration)
    /// For good.
    case forever

    /// `keep_alive` of a request: a number of seconds, or a text of Go's (`5m`, `1h30m`, `-1s`). nil for what is none.
    init?(_ json: TestJSON) {
      if let seconds = json.number {
        self = seconds < 0 ? .forever : .after(.seconds(seconds))
      } else if let text = json.string, let duration = Self.goDuration(text) {
        self = duration < .zero ? .forever : .after(duration)
      } else {
        return nil
      }
    }

    private static func goDuration(_ text: String) -> Duration? {
      let units: [String: Duration] = [
        "ns": .nanoseconds(1), "us": .microseconds(1), "ms": .milliseconds(1), "s": .seconds(1),
        "m": .seconds(60), "h": .seconds(3600),
      ]
      var rest = text.hasPrefix("-") ? text.dropFirst() : text[...]
      var sum = Duration.zero
      guard !rest.isEmpty else { return nil }
      while !rest.isEmpty {
        let digits = rest.prefix { $0.isNumber || $0 == "." }
        rest = rest.dropFirst(digits.count)
        let unit = rest.prefix { $0.isLetter }
        rest = rest.dropFirst(unit.count)
        guard let number = Double(digits), let size = units[String(unit)] else { return nil }
        sum += size * number
      }
      return text.hasPrefix("-") ? .zero - sum : sum
    }
  }
}
