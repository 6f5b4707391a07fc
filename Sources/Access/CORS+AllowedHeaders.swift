extension CORS {
  /// What a page may send when its preflight does not say (well): all that the official JavaScript clients of OpenAI and
  /// Anthropic send, and what the gateway itself reads.
  public static let allowedHeaders = [
    "accept", "api-key", "anthropic-beta", "anthropic-dangerous-direct-browser-access", "anthropic-version",
    "authorization",
    "content-type", "idempotency-key", "last-event-id", "openai-beta", "openai-organization",
    "openai-project",
    "traceparent", "tracestate", "user-agent", "x-api-key", "x-client-request-id", "x-request-id",
    "x-gateway-servers", "x-requested-with",
    "x-session-token",
    "x-stainless-arch",
    "x-stainless-async", "x-stainless-custom-poll-interval", "x-stainless-helper",
    "x-stainless-helper-method",
    "x-stainless-lang", "x-stainless-os", "x-stainless-package-version", "x-stainless-poll-helper",
    "x-stainless-retry-count", "x-stainless-runtime", "x-stainless-runtime-version", "x-stainless-timeout",
  ]

  static let allowedHeadersLine = allowedHeaders.joined(separator: ", ")
}
