package import Access
internal import OllamaAPI

// What callers are told who are not let in: the statuses and words of the wire contract.
extension RequestFailure {
  /// No key was shown where one is needed.
  package static let keyRequired = credential("API key required")

  /// A key that is not taken.
  package init(_ fault: KeyFault) {
    switch fault {
    case .malformed, .unknown, .wrongSecret: self = .credential("API key invalid")
    case .expired: self = .credential("API key expired")
    case .disabled: self = .credential("API key disabled")
    case .address: self = .credential("API key not valid from this address")
    case .twoKeys: self.init(400, "the request shows two different API keys")
    }
  }

  /// A status 401 must say how to do better (RFC 9110 section 15.5.2).
  package static func credential(_ detail: String) -> RequestFailure {
    var failure = RequestFailure(401, detail, headerFields: [("WWW-Authenticate", "Bearer")])
    failure.cause = .credential
    return failure
  }

  /// Too many wrong keys have come from where this one comes from.
  package static func tooManyGuesses(shutFor delay: Duration) -> RequestFailure {
    let (seconds, rest) = delay.components
    var failure = RequestFailure(
      429, "too many wrong API keys from this address", retryAfter: Int(seconds) + (rest > 0 ? 1 : 0))
    failure.cause = .rate(.requests, policies: ["failed-keys"])
    return failure
  }

  /// The key has none of the scopes of which one is needed.
  package static func outOfScope(_ needed: Scopes) -> RequestFailure {
    .forbidden(
      "this key lacks the scope \(needed.names.joined(separator: " or "))")
  }

  /// The key may not ask for Ollama's account.
  package static let accountOutOfScope = forbidden(
    "this key lacks the scope models.manage, which tells whose account Ollama is signed in with; where the gateway has --allow-cloud-models, "
      + "inference is enough")

  /// The key has no part in a model, whether there is one of the name or not.
  ///
  /// - Parameter model: as the client has called it.
  package static func notAllowed(_ model: String) -> RequestFailure {
    .forbidden("model \"\(model)\" is not allowed for this key")
  }

  /// What would open a model under another name, or nobody can tell of which models it is.
  package static let forAllModelsOnly = forbidden("this request is for keys that may use every model")

  private static func forbidden(_ detail: String) -> RequestFailure {
    var failure = RequestFailure(403, detail)
    failure.cause = .permission
    return failure
  }

  /// In Ollama's own words.
  package static func unknownModel(_ model: String) -> RequestFailure {
    RequestFailure(404, "model '\(model)' not found")
  }

  /// What is for whoever runs the gateway, before the first key.
  package static let forThisMachineOnly = RequestFailure(
    403, "This path is for callers on the gateway's own machine.")
}
