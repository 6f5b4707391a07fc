internal import Access
internal import Handling
internal import HTTPFields

extension Route {
  /// The same, for who shows a key of the rule's scopes alone: what makes keys is never open, also where nobody has looked at the rule.
  var forHolders: Route {
    Route(
      pattern,
      endpoints.map { endpoint in
        Endpoint(
          endpoint.method, endpoint.rule, endpoint.operation, failures: endpoint.failures,
          endpoint.handler.forHolders(of: endpoint.rule.scopes))
      })
  }
}

extension Handler {
  fileprivate func forHolders(of scopes: Scopes) -> Handler {
    Handler(traits: traits) { (request) throws(RequestFailure) in
      guard let grant = request.principal?.grant, !scopes.isEmpty else { throw .noHolder }
      guard !scopes.isDisjoint(with: grant.scopes) else {
        throw RequestFailure(403, "This key may not do that.")
      }
      try handle(request)
    }
  }
}

extension RequestFailure {
  /// Who asks shows no key.
  fileprivate static let noHolder = RequestFailure(
    401, "Could not validate credentials", headerFields: [("WWW-Authenticate", "Bearer")])
}
