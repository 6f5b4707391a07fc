internal import Access
internal import Handling
internal import JSON

/// The places in which a key may stand, as OpenAPI describes them.
enum SecuritySchemes {
  /// In the order in which a client should try them.
  static let names = ["bearer", "basic", "x-api-key", "api-key"]

  /// The members of the document's `securitySchemes`.
  static func write(into writer: inout JSONWriter) {
    writer.member(named: "bearer") { writer in
      writer.object { writer in
        writer.member("type", "http")
        writer.member("scheme", "bearer")
        writer.member("bearerFormat", "sk-og-PUBLIC-SECRET")
        writer.member("description", "As the clients of OpenAI, Anthropic and Ollama send it.")
      }
    }
    writer.member(named: "basic") { writer in
      writer.object { writer in
        writer.member("type", "http")
        writer.member("scheme", "basic")
        writer.member("description", "The key is the password; the user does not count.")
      }
    }
    for (name, field) in [("x-api-key", "X-Api-Key"), ("api-key", "Api-Key")] {
      writer.member(named: name) { writer in
        writer.object { writer in
          writer.member("type", "apiKey")
          writer.member("in", "header")
          writer.member("name", field)
        }
      }
    }
  }
}

extension RouteRule {
  /// `security` of an operation, and the scopes of which the key has to have one. Where callers may be let in without a key, nothing at
  /// all is one of the ways.
  func writeSecurity(into writer: inout JSONWriter) {
    writer.key("security")
    writer.array { writer in
      let mayBeKeyless: Bool
      switch self {
      case .open: return
      case .credential: mayBeKeyless = false
      case .scope, .fleet, .known: mayBeKeyless = true
      }
      if mayBeKeyless { writer.object { _ in } }
      for name in SecuritySchemes.names {
        writer.object { writer in writer.member(named: name) { $0.array { _ in } } }
      }
    }
    guard !scopes.isEmpty else { return }
    writer.key("x-scopes")
    writer.array { writer in for name in scopes.names { writer.string(name) } }
  }
}
