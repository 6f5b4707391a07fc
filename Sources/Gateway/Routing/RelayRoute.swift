internal import OllamaAPI

/// What the relay does with the requests of one path.
struct RelayRoute: Sendable {
  /// What is read of a request's body before it goes on.
  enum Body: Sendable {
    /// None is taken.
    case none
    /// JSON, read whole: for `model`, `stream` and `keep_alive`.
    case json
    /// Read whole and passed on unread.
    case opaque
    /// Passed on as it comes, of any size.
    case stream
  }

  /// What Ollama has to do for a request: that decides how long it may take, and who may ask for it.
  enum Work: Sendable {
    /// It answers from what it has at hand, at once.
    case read
    /// A model makes the answer.
    case inference
    /// It changes the server, for which the operator's leave is needed, and may take as long as it likes.
    case management
  }

  let body: Body
  /// What a stream that answers carries, to tell a whole one from one that broke off.
  let stream: StreamKind?
  let work: Work
  /// Whether requests change the Ollama server, and need the operator's leave.
  var isManagement: Bool { work == .management }

  static let read = RelayRoute(body: .none, work: .read)

  static func json(_ stream: StreamKind? = nil, work: Work = .inference) -> RelayRoute {
    RelayRoute(body: .json, stream: stream, work: work)
  }

  static func management(_ body: Body, _ stream: StreamKind? = nil) -> RelayRoute {
    RelayRoute(body: body, stream: stream, work: .management)
  }

  init(body: Body, stream: StreamKind? = nil, work: Work = .inference) {
    self.body = body
    self.stream = stream
    self.work = work
  }
}
