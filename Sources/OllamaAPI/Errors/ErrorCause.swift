/// What a failure is about that has words of its own in the four ``ErrorFormat``s: its status alone does not tell it.
public enum ErrorCause: Equatable, Sendable {
  /// A key is missing, or is not taken (401).
  case credential
  /// The caller may not do this, or not with this model (403).
  case permission
  /// So much within a time is used up (429).
  ///
  /// - Parameter policies: the names of the limits, as `RateLimit-Policy` has them.
  case rate(Unit, policies: [String])
  /// What the caller may use in all, or within a day, week or month, is used up (429; 402 for Anthropic's clients).
  case budget(policies: [String])
  /// Everything is taken by others (503; 529 for Anthropic's clients).
  case busy

  /// Of what there was too much.
  public enum Unit: String, Sendable {
    case requests
    case tokens
  }
}

extension ErrorReport {
  /// The status of a response that is the error: clients of an API know what is theirs.
  public func status(in format: ErrorFormat) -> Int {
    switch (cause, format) {
    case (.budget, .anthropic): 402
    case (.busy, .anthropic): 529
    default: status
    }
  }

  /// What RFC 9457 calls the type of the problem: `about:blank` says that the status alone tells it.
  var problemType: String {
    switch cause {
    case .rate, .budget: "https://iana.org/assignments/http-problem-types#quota-exceeded"
    case .busy: "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity"
    case .credential, .permission, nil: "about:blank"
    }
  }

  /// The limits that were exceeded, for `violated-policies`.
  var policies: [String] {
    switch cause {
    case .rate(_, let policies), .budget(let policies): policies
    case .credential, .permission, .busy, nil: []
    }
  }

  /// The first system's clients look for these words.
  var problemDetail: String { cause == .credential ? "Could not validate credentials" : detail }

  /// The `type` of OpenAI's errors. Ollama itself uses `not_found_error`, `authentication_error` and `api_error`.
  var openAIType: String {
    switch cause {
    case .credential, .permission: return "invalid_request_error"
    case .rate(let unit, _): return unit.rawValue
    case .budget: return "insufficient_quota"
    case .busy: return "server_error"
    case nil: break
    }
    switch status {
    case 404: return "not_found_error"
    case 401: return "authentication_error"
    case 403: return "permission_error"
    case 429: return "rate_limit_error"
    case 400..<500: return "invalid_request_error"
    default: return "api_error"
    }
  }

  /// The `code` of OpenAI's errors.
  var openAICode: String {
    switch cause {
    case .credential: "invalid_api_key"
    case .permission: "model_not_found"
    case .rate: "rate_limit_exceeded"
    case .budget: "insufficient_quota"
    case .busy: "overloaded"
    case nil: effectiveCode
    }
  }

  /// The `type` of Anthropic's errors.
  var anthropicType: String {
    switch status(in: .anthropic) {
    case 401: "authentication_error"
    case 402: "billing_error"
    case 403: "permission_error"
    case 404: "not_found_error"
    case 413: "request_too_large"
    case 429: "rate_limit_error"
    case 400..<500: "invalid_request_error"
    case 503, 529: "overloaded_error"
    case 504: "timeout_error"
    default: "api_error"
    }
  }
}
