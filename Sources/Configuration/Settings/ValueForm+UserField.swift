internal import Bytes

extension ValueForm where Value == String? {
  /// The name of a field of a request that says who its user is, or `off` for none.
  static var userField: ValueForm {
    ValueForm(
      takes:
        "the name of a field such as X-Forwarded-User, 3-64 of A-Z a-z 0-9 and -, which means nothing else, or off",
      read: { text in
        if text.lowercased() == "off" { return .some(nil) }
        guard (3...64).contains(text.utf8.count), text.utf8.first != UInt8(ascii: "-"),
          text.utf8.allSatisfy({ ASCII.isAlphanumeric($0) || $0 == UInt8(ascii: "-") }),
          !UserField.isTaken(text)
        else { return nil }
        return .some(text)
      },
      write: { $0 ?? "off" })
  }
}

/// Fields that cannot say who a request's user is, as they say something else: clients write them, and some go on to Ollama.
package enum UserField {
  private static let taken: Set<String> = [
    "authorization", "proxy-authorization", "x-api-key", "api-key", "cookie", "x-session-token",
    "x-openwebui-user-id", "host", "origin", "referer", "via", "forwarded", "x-forwarded-for",
    "x-forwarded-proto", "x-forwarded-host", "x-real-ip", "x-request-id", "x-client-request-id",
    "x-request-timeout", "traceparent", "tracestate", "connection", "upgrade", "te", "trailer",
    "transfer-encoding", "expect", "date", "content-length", "content-type", "content-encoding",
    "content-language", "content-disposition", "content-range", "accept", "accept-charset", "accept-encoding",
    "accept-language", "user-agent", "cache-control", "pragma", "prefer", "range", "if-match",
    "if-none-match", "if-modified-since", "if-unmodified-since", "if-range", "idempotency-key",
    "last-event-id", "openai-beta", "x-session-id", "x-claude-code-session-id", "session-id",
    "x-session-affinity",
  ]
  private static let prefixes = ["sec-", "access-control-", "anthropic-", "x-stainless-"]

  /// Whether a field of this name, in any case, means something else.
  package static func isTaken(_ name: String) -> Bool {
    let name = name.lowercased()
    return taken.contains(name) || prefixes.contains { name.utf8.starts(with: $0.utf8) }
  }
}
