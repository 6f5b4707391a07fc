/// Whose fields a response has, beside those of the IETF's draft, which all have.
public enum RateLimitDialect: Sendable {
  /// Ollama's own paths: none.
  case ollama
  /// `/v1`: `x-ratelimit-limit-requests` and the like.
  case openAI
  /// `/v1/messages`: `anthropic-ratelimit-requests-limit` and the like.
  case anthropic
  /// The chat API: `X-RateLimit-Limit` and the like.
  case chat
}
