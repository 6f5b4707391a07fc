package import Accounts
internal import HTTPFields
internal import Limits
package import OllamaAPI
package import System

extension RequestFailure {
  /// A limit that is reached.
  ///
  /// - Parameters:
  ///   - format: that of the API by which was asked: each has header fields of its own.
  ///   - wall: the time of day.
  package init(_ refusal: LimitRefusal, in format: ErrorFormat, at wall: Timestamp) {
    self.init(
      refusal.reason == .neverFits ? 400 : 429, refusal.text,
      headerFields: RateLimitFields.fields(
        ofRefusal: refusal.standings, retryAfter: refusal.retryAfter, isFinal: refusal.reason == .budget,
        in: RateLimitDialect(format), at: wall))
    switch refusal.reason {
    case .budget:
      cause = .budget(policies: [refusal.kind.name])
      code = "insufficient_quota"
    case .rate, .places:
      cause = .rate(refusal.kind.isOfTokens ? .tokens : .requests, policies: [refusal.kind.name])
      code = "rate_limit_exceeded"
    case .neverFits: break
    }
  }
}

extension RateLimitDialect {
  /// That of an API.
  package init(_ format: ErrorFormat) {
    switch format {
    case .problem: self = .chat
    case .ollama: self = .ollama
    case .openAI: self = .openAI
    case .anthropic: self = .anthropic
    }
  }
}
