/// A request as the scheduler sees it; the request itself stays with who asks.
package struct FleetRequest: Sendable {
  package enum Kind: Sendable {
    /// Takes a slot of a model, and seconds to hours.
    case generation
    /// Takes a slot of a model, and most often little time.
    case embedding
    /// Needs a server that has the model, and no slot: `show`.
    case question
    /// Needs a server, whichever; no model.
    case general
  }

  package var kind: Kind
  /// Canonical; nil where any server will do.
  package var model: String?
  /// What the request asks of the runner, as far as it does.
  package var options: FleetRunnerOptions
  /// Whether it can be sent with more context than it asks for: see ``FleetGrant/contextLength``.
  package var fitsContext = false
  /// Of the whole prompt; an estimate (4 bytes a token).
  package var promptTokens: Int
  /// `num_predict` or `max_tokens`; nil or negative for no limit.
  package var outputLimit: Int?
  /// A hash of the conversation's name, scoped by who asks and by the model; nil where the client does not tell one.
  package var conversation: UInt64?
  /// The beginnings of its prompt, where the client names no conversation; nil where that is of no matter.
  package var prompt: PromptChain?
  /// A hash of who asks: shares of places, and turns in the queue.
  package var flow: UInt64
  /// Who that is, for people; the scheduler has no use for it.
  package var caller: FleetCaller?
  package var band: FleetBand
  /// The flow's share of service beside others of its band, 1 to 1,000.
  package var weight: Int
  /// Bounded by the queue alone, not by one flow's share of it: callers on this machine.
  package var isPrivileged: Bool
  /// Whether the response comes as it is made. Of others nothing is known before their end.
  package var isStreamed: Bool
  /// Whether it may be sent once more where nothing of its response has been passed on.
  package var isRetryable: Bool
  /// Tells different prompts apart, for the breakers: see ``PromptChain/number(ofBody:seed:)``.
  package var promptHash: UInt64
  /// The servers that it may go to; nil for all.
  package var allowed: [FleetServerID]?
  /// Whether it goes to the first in the operator's list that is up, whatever that costs: what changes a server's models.
  package var prefersListOrder: Bool
  /// How long it may wait for a server; nil for as long as it takes.
  package var waitLimit: Duration?
  /// Whether ``FleetAction/tell(_:_:)`` is wanted while it waits.
  package var isTold: Bool

  /// Of English text: what an estimate of tokens goes by.
  package static let bytesPerToken = 4

  package init(
    _ kind: Kind, model: String? = nil, options: FleetRunnerOptions = FleetRunnerOptions(),
    promptTokens: Int = 0,
    outputLimit: Int? = nil, conversation: UInt64? = nil, prompt: PromptChain? = nil, flow: UInt64 = 0,
    band: FleetBand = .normal, weight: Int = 100, isPrivileged: Bool = false,
    isStreamed: Bool = false, isRetryable: Bool = true, promptHash: UInt64 = 0,
    allowed: [FleetServerID]? = nil,
    prefersListOrder: Bool = false, waitLimit: Duration? = nil, isTold: Bool = false
  ) {
    self.kind = kind
    self.model = model
    self.options = options
    self.promptTokens = promptTokens
    self.outputLimit = outputLimit
    self.conversation = conversation
    self.prompt = prompt
    self.flow = flow
    caller = nil
    self.band = band
    self.weight = weight
    self.isPrivileged = isPrivileged
    self.isStreamed = isStreamed
    self.isRetryable = isRetryable
    self.promptHash = promptHash
    self.allowed = allowed
    self.prefersListOrder = prefersListOrder
    self.waitLimit = waitLimit
    self.isTold = isTold
  }
}
