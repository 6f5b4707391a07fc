internal import OllamaAPI
internal import Pages

/// Finds the route of a path.
struct RouteTable: Sendable {
  /// Every route, in the order in which people read them.
  static let routes: [Route] =
    [
      Route("/", ["GET": .root]),
      Route("/status", ["GET": .page(.status)]),
      Route("/assets/{name}", ["GET": .asset]),
      Route("/health", ["GET": .health]),
      Route("/health/detailed", ["GET": .detailedHealth]),
      Route("/health/ready", ["GET": .readiness]),
      Route("/metrics", ["GET": .metrics]),
    ] + chat + ollama + openAI + anthropic + testing

  private static let chat = [
    Route("/api/v1/chat", ["POST": .chat(.message)]),
    Route("/api/v1/chat/message", ["POST": .chat(.message)]),
    Route("/api/v1/chat/send", ["POST": .chat(.send)]),
    Route("/api/v1/chat/ws", ["GET": .webSocket]),
    Route("/ws", ["GET": .webSocket]),
    Route("/api/v1/chat/connections", ["GET": .connections]),
    Route("/api/v1/chat/broadcast", ["POST": .broadcast]),
    Route("/api/v1/chat/models", ["GET": .chatModels]),
    Route("/api/v1/chat/health", ["GET": .chatHealth]),
    Route("/api/v1/chat/sessions", ["GET": .sessions]),
    Route("/api/v1/chat/sessions/{id}", ["GET": .history, "DELETE": .deleteSession]),
    Route("/api/v1/chat/sessions/{id}/stream", ["GET": .resumeStream, "DELETE": .stopStream]),
  ]

  private static let ollama = [
    Route("/api/generate", ["POST": .relay(.json(.generation))]),
    Route("/api/chat", ["POST": .relay(.json(.generation))]),
    Route("/api/embed", ["POST": .relay(.json())]),
    Route("/api/embeddings", ["POST": .relay(.json())]),
    Route("/api/show", ["POST": .relay(.json())]),
    Route("/api/tags", ["GET": .relay(.read)]),
    Route("/api/ps", ["GET": .relay(.read)]),
    Route("/api/version", ["GET": .relay(.read)]),
    Route("/api/pull", ["POST": .relay(.management(.json, .progress))]),
    Route("/api/push", ["POST": .relay(.management(.json, .progress))]),
    Route("/api/create", ["POST": .relay(.management(.json, .progress))]),
    Route("/api/copy", ["POST": .relay(.management(.json))]),
    Route("/api/delete", ["DELETE": .relay(.management(.json))]),
    Route("/api/blobs/{digest}", ["HEAD": .relay(.management(.none)), "POST": .relay(.management(.stream))]),
  ]

  private static let openAI = [
    Route("/v1/chat/completions", ["POST": .relay(.json(.openAICompletion))]),
    Route("/v1/completions", ["POST": .relay(.json(.openAICompletion))]),
    Route("/v1/embeddings", ["POST": .relay(.json())]),
    Route("/v1/responses", ["POST": .relay(.json(.openAIResponse))]),
    Route("/v1/audio/transcriptions", ["POST": .relay(RelayRoute(body: .opaque))]),
    Route("/v1/models", ["GET": .relay(.read)]),
    Route("/v1/models/{model}", ["GET": .relay(.read)]),
  ]

  private static let anthropic = [
    Route("/v1/messages", ["POST": .relay(.json(.anthropicMessage))])
  ]

  #if TEST_ROUTES
    /// Those that no shipped gateway has.
    private static let testing = [Route("/ws/echo", ["GET": .echo])]
  #else
    private static let testing: [Route] = []
  #endif

  /// Numbers of what has no route: see ``pattern(of:)``.
  static let unknown = 0
  static let preflight = 1

  private let exact: [String: Route]
  private let parametric: [(prefix: String, suffix: String, route: Route)]
  /// By ``Route/number``.
  private let patterns: [String]

  init(_ routes: [Route] = RouteTable.routes) {
    var exact: [String: Route] = [:]
    var parametric: [(prefix: String, suffix: String, route: Route)] = []
    var patterns = ["unknown", "preflight"]
    for var route in routes {
      route.number = patterns.count
      patterns.append(route.pattern)
      guard let open = route.pattern.firstIndex(of: "{"), let close = route.pattern.firstIndex(of: "}") else {
        precondition(exact.updateValue(route, forKey: route.pattern) == nil, "\(route.pattern) stands twice")
        continue
      }
      parametric.append(
        (
          String(route.pattern[..<open]), String(route.pattern[route.pattern.index(after: close)...]), route
        ))
    }
    self.exact = exact
    self.patterns = patterns
    // The more special first: `…/{id}/stream` before `…/{id}`.
    self.parametric = parametric.sorted { $0.suffix.count > $1.suffix.count }
  }

  /// What logs and metrics call a request: the pattern of the route with this number, and never a path that a client chose.
  func pattern(of number: Int) -> String { patterns[number] }

  /// The route of a decoded path without a slash at its end, and the value of its parameter.
  func match(_ path: String) -> (route: Route, parameter: String)? {
    if let route = exact[path] { return (route, "") }
    for (prefix, suffix, route) in parametric
    where path.hasPrefix(prefix) && path.hasSuffix(suffix)
      && path.utf8.count > prefix.utf8.count + suffix.utf8.count
    {
      return (route, String(path.dropFirst(prefix.count).dropLast(suffix.count)))
    }
    return nil
  }
}
