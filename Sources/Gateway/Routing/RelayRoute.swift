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

  let body: Body
  /// What a stream that answers carries, to tell a whole one from one that broke off.
  let stream: StreamKind?
  /// Whether requests change the Ollama server, and need the operator's leave.
  let isManagement: Bool

  static let read = RelayRoute(body: .none)

  static func json(_ stream: StreamKind? = nil) -> RelayRoute { RelayRoute(body: .json, stream: stream) }

  static func management(_ body: Body, _ stream: StreamKind? = nil) -> RelayRoute {
    RelayRoute(body: body, stream: stream, isManagement: true)
  }

  init(body: Body, stream: StreamKind? = nil, isManagement: Bool = false) {
    self.body = body
    self.stream = stream
    self.isManagement = isManagement
  }
}
