package import HTTPFields
package import System

/// Finds out who asks, and gives callers something to be known by again: the one place that knows how a ``Principal`` is
/// told. Safe from any thread.
package struct Authenticator: Sendable {
  private let seal: CredentialSeal
  private let isShared: Bool

  /// - Parameters:
  ///   - sharesSessions: whether all callers are one, whatever they show.
  ///   - key: what its credentials are sealed with: those of an earlier process are valid by the same key. Nil: a new one.
  package init(sharesSessions: Bool, key: [UInt8]? = nil) {
    isShared = sharesSessions
    seal = key.map(CredentialSeal.init(key:)) ?? CredentialSeal()
  }

  /// Who a request without a key comes from: by the token that it shows, by where it comes from, or by the chat page's cookie. What is
  /// not valid counts as not there.
  ///
  /// - Parameters:
  ///   - fields: the request's header.
  ///   - address: the client's, as far as it is believed; nil behind a UNIX socket.
  ///   - isOnThisMachine: whether the client is a program of this machine.
  ///   - scopes: what such a caller may do.
  package func principal(
    showing fields: FieldSection, at address: IPAddress?, isOnThisMachine: Bool, scopes: Scopes
  ) -> Principal {
    Principal(id(showing: fields, at: address, isOnThisMachine), scopes: scopes)
  }

  /// Who shows a key.
  package func principal(of grant: Grant) -> Principal {
    isShared ? Principal(.everybody, scopes: grant.scopes, grant: grant) : grant.principal
  }

  /// Whom a trusted proxy names, and who is no user of ours: he may do what users may by themselves.
  package func principal(ofProxyUser name: UserName) -> Principal {
    Principal(isShared ? .everybody : .proxyUser(name), scopes: Scopes.Preset.standard.scopes.effective)
  }

  private func id(
    showing fields: FieldSection, at address: IPAddress?, _ isOnThisMachine: Bool
  ) -> Principal.ID {
    if isShared { return .everybody }
    if let token = fields.withFirst("x-session-token", { seal.read($0.value, .token) }) {
      return .token(token.digest)
    }
    if isOnThisMachine { return .thisMachine }
    if let cookie = SessionCookie.read(fields, seal) { return .cookie(cookie.digest) }
    return .address(address)
  }

  /// By what else a caller that shows a key may be known: by the token and by the chat page's cookie that come along, as far as they
  /// are valid. Nobody where all callers are one.
  package func otherPrincipals(showing fields: FieldSection) -> [Principal.ID] {
    guard !isShared else { return [] }
    let token = fields.withFirst("x-session-token", { seal.read($0.value, .token) })
    return [
      token.map { .token($0.digest) }, SessionCookie.read(fields, seal).map { .cookie($0.digest) },
    ].compactMap { $0 }
  }

  /// The text of a new token, for `X-Session-Token`.
  package func makeToken() -> String { seal.make(.token) }

  /// The value of `Set-Cookie` for a browser that asks for the chat page; nil for one that has a valid cookie, and where
  /// all are one.
  ///
  /// - Parameters:
  ///   - path: where it is sent back to: the gateway's base path.
  ///   - isSecure: whether the request came by TLS: then the cookie is not sent back without.
  package func newCookie(for fields: FieldSection, path: String, isSecure: Bool) -> String? {
    guard !isShared, SessionCookie.read(fields, seal) == nil else { return nil }
    return SessionCookie.setting(seal, path: path, isSecure: isSecure)
  }
}
