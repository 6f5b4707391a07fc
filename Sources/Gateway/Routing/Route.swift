internal import Pages

/// A path that the gateway serves: what WIRE's tables list, one value a row.
struct Route: Sendable {
  /// The path, with parameters in braces; the last may span several segments. Never with a slash at its end. Of two
  /// parameters the value is both, with what stands between them.
  let pattern: String
  /// What each method does. HEAD goes where GET goes.
  let endpoints: [Endpoint]
  /// Its place in the ``RouteTable``: a name that costs nothing to pass on and to compare.
  var number = RouteTable.unknown

  /// What a route does.
  enum Action: Sendable {
    /// The chat page, or information on the service for programs.
    case root
    case page(Page)
    case asset
    case document(APIDocument)
    case alive
    case detailedHealth
    case readiness
    case health(ServiceHealth)
    case metrics
    case chat(ChatVariant)
    case chatModels
    case modelNames
    case chatHealth
    case token
    case sessions
    case history
    case deleteSession
    case resumeStream
    case stopStream
    case addImage
    case image
    case webSocket
    #if TEST_ROUTES
      case echo
    #endif
    case connections
    case broadcast
    case relay(RelayRoute)
  }

  /// What one method of a path does, and what the API's document says of it: none goes without.
  struct Endpoint: Sendable {
    let method: String
    let action: Action
    let operation: Operation
  }

  init(_ pattern: String, _ endpoints: Endpoint...) {
    self.pattern = pattern
    self.endpoints = endpoints
  }

  /// Whether the path is served at the root as well when there is a base path: load balancers ask past the proxy.
  var isAtRoot: Bool { pattern == "/health" || pattern.hasPrefix("/health/") }

  /// The action of a method; HEAD falls back on GET.
  func action(of method: String) -> Action? {
    let exact = endpoints.first { $0.method == method }?.action
    if exact == nil && method == "HEAD" { return action(of: "GET") }
    return exact
  }

  /// What is passed on of a path that has no route of its own; OPTIONS is answered here.
  static let otherMethods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

  /// The value of `Allow` (RFC 9110 section 10.2.1).
  var allowedMethods: String {
    var methods = endpoints.map(\.method)
    if methods.contains("GET") && !methods.contains("HEAD") { methods.append("HEAD") }
    methods.append("OPTIONS")
    return methods.joined(separator: ", ")
  }
}

extension Route.Endpoint {
  static func get(_ action: Route.Action, _ operation: Operation) -> Self {
    Self(method: "GET", action: action, operation: operation)
  }

  static func post(_ action: Route.Action, _ operation: Operation) -> Self {
    Self(method: "POST", action: action, operation: operation)
  }

  static func delete(_ action: Route.Action, _ operation: Operation) -> Self {
    Self(method: "DELETE", action: action, operation: operation)
  }

  static func head(_ action: Route.Action, _ operation: Operation) -> Self {
    Self(method: "HEAD", action: action, operation: operation)
  }
}

/// The paths of the chat API that take a message.
enum ChatVariant: Sendable {
  case message
  /// It bounds the message.
  case send
  /// It answers in one piece, in the first system's short form.
  case simple
}

/// What a path of the first system tells of the services behind the gateway.
enum ServiceHealth: Sendable {
  case summary
  case list
  case one
}
