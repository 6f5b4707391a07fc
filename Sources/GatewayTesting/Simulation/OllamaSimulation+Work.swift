internal import System

extension OllamaSimulation {
  /// What a request asks of a model.
  public struct Work: Sendable {
    /// What is done with the prompt.
    public enum Kind: Sendable, Equatable {
      /// It has its response.
      case generation
      /// It becomes a vector: no tokens.
      case embedding
      /// There is none: the model is loaded, which takes no slot.
      case load
    }

    /// The name of the model as the request has it.
    public var model: String
    /// What is done.
    public var kind: Kind
    /// What is evaluated, and compared with what is cached.
    public var prompt: [UInt8]
    /// What a cached prompt has between the prompt and the text made from it.
    public var textPrefix = ""
    /// At most so many tokens (`num_predict`).
    public var tokenLimit: Int?
    /// The options that decide about a reload.
    public var options: RunnerOptions
    /// How long the model stays afterwards; nil is the server's time.
    public var keepAlive: KeepAlive?

    /// Work for a model.
    public init(
      _ model: String, kind: Kind = .generation, prompt: String = "", tokenLimit: Int? = nil,
      options: RunnerOptions = RunnerOptions(), keepAlive: KeepAlive? = nil
    ) {
      self.model = model
      self.kind = kind
      self.prompt = Array(prompt.utf8)
      self.tokenLimit = tokenLimit
      self.options = options
      self.keepAlive = keepAlive
    }
  }

  /// What is to be told to whom.
  public enum Effect: Sendable, Equatable {
    /// Nothing was done: the status and Ollama's words.
    case refused(Int, status: Int, message: String)
    /// The token of this number, from 0. With the first one goes the head.
    case token(Int, index: Int)
    /// The work is done.
    case ended(Int, Figures)
    /// The runner died: status 500, or an error line where tokens went out already.
    case failed(Int, message: String)
    /// A line of a pull's progress, without its line feed.
    case pullLine(Int, String)
    /// The pull has had its last line. The error is nil where it came to its end.
    case pullEnded(Int, error: String?)
  }

  /// The counters of the last line. `total - load - promptEvaluation - evaluation` is the wait for a slot.
  public struct Figures: Sendable, Equatable {
    /// From the request to its end.
    public var total = Duration.zero
    /// The wait for a load, and the load.
    public var load = Duration.zero
    /// The evaluation of what was not cached of the prompt.
    public var promptEvaluation = Duration.zero
    /// From the first token to the last.
    public var evaluation = Duration.zero
    /// The tokens of the whole prompt, cached or not.
    public var promptTokens = 0
    /// The tokens of it that were cached. Ollama tells this nobody.
    public var cachedTokens = 0
    /// The tokens of the text.
    public var tokens = 0
    /// Whether the limit ended the generation.
    public var isCut = false

    /// The wait for a slot, as a client reckons it.
    public var slotWait: Duration { total - load - promptEvaluation - evaluation }
  }

  /// Work of one request.
  struct Job: Sendable {
    let id: Int
    let work: Work
    let digest: String
    /// The model's name, as it is listed.
    let name: String
    let arrival: MonotonicTime
    var assignment: MonotonicTime
  }
}
