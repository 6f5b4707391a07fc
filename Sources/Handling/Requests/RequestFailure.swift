package import Budgets
internal import Fleet
internal import HTTPClient
package import HTTPFields
package import OllamaAPI
package import Upstreams

/// An error as an HTTP response tells it: the wire contract's table of statuses.
package struct RequestFailure: Error {
  /// 400-599; each API may have another one for its ``cause``.
  package let status: Int
  /// One or two sentences for the client's user.
  package let detail: String
  /// The request's field that is to blame.
  package var field: String?
  /// What is wrong with it.
  package var fault = FieldFault()
  /// The word for programs, where it is not the status'.
  package var code: String?
  /// What it is about, where each API has words of its own for that.
  package var cause: ErrorCause?
  /// Those that only this failure has, such as `Retry-After`.
  package var headerFields: [HTTPField] = []

  /// - Parameters: see the properties.
  package init(
    _ status: Int, _ detail: String, field: String? = nil, fault: FieldFault = FieldFault(),
    headerFields: [HTTPField] = []
  ) {
    self.status = status
    self.detail = detail
    self.field = field
    self.fault = fault
    self.headerFields = headerFields
  }

  /// A failure that says after how many seconds to come again: a 429 or a 503 in any case, others where Ollama says it.
  package init(_ status: Int, _ detail: String, retryAfter: Int?) {
    let delay = retryAfter ?? (status == 429 || status == 503 ? 5 : nil)
    self.init(status, detail, headerFields: delay.map { [("Retry-After", "\($0)")] } ?? [])
  }

  /// A call to Ollama that failed before anything of its response was passed on.
  ///
  /// - Parameter model: the name that the client has used.
  package init(_ failure: UpstreamFailure, model: String? = nil) {
    switch failure {
    case .refused(let refusal, let delay): self.init(refusal, model: model, retryAfter: delay)
    case .transfer(let error): self.init(error)
    // That it is busy is told as it is.
    case .status(let status, let delay):
      self.init(status == 429 || status == 503 ? status : 502, "Ollama: \(failure).", retryAfter: delay)
    // What it has against the gateway is for the operator, who reads it in the log.
    case .loginRefused: self.init(502, "The request to Ollama failed.")
    case .nonsense: self.init(502, "Ollama: \(failure).")
    }
  }

  private init(_ refusal: FleetRefusal, model: String?, retryAfter: Int?) {
    switch refusal {
    case .queueFull:
      self = .busy("as many requests as may wait for an Ollama", retryAfter: retryAfter)
    case .overShare:
      self.init(429, "As many requests of yours as may wait for an Ollama.", retryAfter: retryAfter)
    // In Ollama's own words.
    case .noServerHasModel:
      self.init(404, "model \(model.map { "\"\($0)\" " } ?? "")not found, try pulling it first")
    case .noServerIsUp: self.init(503, "No Ollama can be reached.", retryAfter: retryAfter)
    case .serversAreDrained:
      self.init(
        503, "The Ollama servers that could take the request are drained.", retryAfter: retryAfter)
    case .timedOut:
      self = .busy("no Ollama was free within the time that the request may wait", retryAfter: retryAfter)
    }
  }

  /// In Ollama's own words, which clients look for.
  private static func busy(_ reason: StaticString, retryAfter: Int?) -> RequestFailure {
    var failure = RequestFailure(
      503, "server busy, please try again (\(reason))", retryAfter: retryAfter)
    failure.cause = .busy
    return failure
  }

  private init(_ error: TransferError) {
    switch error {
    case .unreachable, .connectTimeout:
      self.init(503, "Ollama cannot be reached.", headerFields: [("Retry-After", "5")])
    case .firstByteTimeout: self.init(504, "Ollama gave no answer in time.")
    case .idleTimeout: self.init(504, "Ollama stopped in the middle of its answer.")
    case .brokenOff, .staleConnection: self.init(502, "Ollama broke the connection off.")
    case .malformed: self.init(502, "What Ollama answered is not HTTP.")
    case .exhausted:
      self.init(503, "The gateway has no memory left for this request.", headerFields: [("Retry-After", "5")])
    case .failed: self.init(502, "The request to Ollama failed.")
    }
  }

  /// It would be paid by the account that Ollama is signed in with.
  package static let cloudModel = RequestFailure(
    403,
    "this request would spend what Ollama's account has for cloud models and web searches; start the gateway with "
      + "--allow-cloud-models to let it.")

  /// It would change the servers' models.
  package static let modelManagement = RequestFailure(
    403,
    "this request changes the Ollama server; start the gateway with --allow-model-management to let it.")

  /// The drain time is over.
  package static let shuttingDown = RequestFailure(
    503, "The gateway is shutting down.", headerFields: [("Retry-After", "5")])

  /// One client has as much of something as one may.
  package static func overShare(_ resource: ClientResource, _ limits: ClientLimits) -> RequestFailure {
    let (what, delay) =
      switch resource {
      case .connection: ("\(limits.connections) requests under way", "1")
      case .webSocket: ("\(limits.webSockets) WebSockets", "5")
      // Of those the registry knows more: see `TurnError.overShare`.
      case .session: ("\(limits.sessions) sessions", "60")
      case .turn: ("\(limits.turns) answers running or waiting", "5")
      }
    return RequestFailure(
      429, "One client may have \(what) at once.", headerFields: [("Retry-After", delay)])
  }

  /// After how many seconds to come again, if it says so.
  package var retryAfter: Int? { headerFields.first("retry-after").flatMap { Int($0) } }

  /// The same in milliseconds, for the clients that look for it first; nil where it is said already, or nothing to say.
  var retryAfterMilliseconds: Int? {
    guard status == 429 || status == 503, headerFields.first("retry-after-ms") == nil,
      let seconds = retryAfter, (0...RequestFailure.longestDelay).contains(seconds)
    else { return nil }
    return seconds * 1000
  }

  /// A year, in seconds: what an Ollama says may be anything.
  private static let longestDelay = 31_536_000

  /// As the error formats take it.
  package func report(path: String, requestID: String) -> ErrorReport {
    ErrorReport(
      status: status, detail: detail, code: code, field: field, fault: fault, instance: path,
      requestID: requestID,
      retryAfter: retryAfter, cause: cause)
  }
}
