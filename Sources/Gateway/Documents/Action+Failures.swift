extension Route.Action {
  /// The statuses with which any request can fail, before anything looks at its path: a bad head, a foreign host or origin,
  /// a client that is too slow or holds too much, too many clients, a gateway that goes down.
  static let commonFailures = [400, 403, 408, 429, 431, 501, 503]

  /// The statuses of failures beside ``commonFailures``.
  var failures: [Int] {
    switch self {
    case .root, .page, .document, .alive, .detailedHealth, .readiness, .metrics, .chatHealth, .connections,
      .health(.summary), .health(.list):
      []
    case .asset, .health(.one): [404]
    case .chatModels, .modelNames: [502, 504]
    case .chat: RequestFailure.generationStatuses + [413, 415, 422, 429]
    case .token: [413, 415]
    case .sessions: [422]
    case .history: [404, 422]
    case .deleteSession, .stopStream: [404]
    case .addImage: [404, 413, 422]
    case .image: [404]
    case .resumeStream: RequestFailure.generationStatuses + [404, 422]
    case .webSocket: [422, 426]
    #if TEST_ROUTES
      case .echo: [426]
    #endif
    case .broadcast: [413, 415, 422]
    case .relay(let route): Self.relayFailures + (route.body.isNone ? [] : [413, 415])
    }
  }

  /// What Ollama refuses, passed on: an older one has no such path; and what goes wrong on the way to it.
  private static let relayFailures = [401, 404, 405, 409, 422, 429, 500, 502, 504]
}

extension RelayRoute.Body {
  fileprivate var isNone: Bool {
    if case .none = self { true } else { false }
  }
}
