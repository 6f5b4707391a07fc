public import System

/// Who asks, and what it may do. A principal is whatever tells one caller from another.
///
/// It is made of a key's ``KeyGrant`` or by the ``Authenticator``, from what the connection and the request's header show. What a
/// message says of its author has no part in it.
public struct Principal: Sendable {
  /// Who it is: sessions have this as their owner.
  public let id: ID
  /// What it may do.
  public let scopes: Scopes
  /// What its key gives it; nil for who shows none.
  public let grant: KeyGrant?

  /// By what a principal is known, the strongest proof first.
  public enum ID: Hashable, Sendable {
    /// All callers are one: `--shared-sessions`.
    case everybody
    /// Who shows a key that is nobody's in particular.
    case key(KeyID)
    /// A user, whichever of his keys he shows.
    case user(UserName)
    /// Who shows a token that the gateway has given out.
    case token(CredentialDigest)
    /// The programs of the gateway's own machine.
    case thisMachine
    /// A browser that shows the cookie of the chat page.
    case cookie(CredentialDigest)
    /// Who shows none of these, by the address that is believed to be theirs; nil behind a UNIX socket.
    case address(IPAddress?)
  }

  /// Requests have theirs from a ``KeyGrant`` or an ``Authenticator``.
  package init(_ id: ID, scopes: Scopes, grant: KeyGrant? = nil) {
    self.id = id
    self.scopes = scopes
    self.grant = grant
  }

  /// Whether it may see and address everybody: the list of connections, and broadcasts.
  public var mayAdminister: Bool { scopes.contains(.admin) }
}
