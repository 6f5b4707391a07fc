public import System

/// Who asks, and what it may do. A principal is whatever tells one caller from another.
///
/// It is made of a ``Grant`` or by the ``Authenticator``, from what the connection and the request's header show. What a
/// message says of its author has no part in it.
public struct Principal: Sendable {
  /// Who it is: sessions have this as their owner.
  public let id: ID
  /// What it may do.
  public let scopes: Scopes
  /// What its key, or its having signed in, gives it; nil for who shows neither.
  public let grant: Grant?

  /// By what a principal is known, the strongest proof first.
  public enum ID: Hashable, Sendable {
    /// All callers are one: `--shared-sessions`.
    case everybody
    /// Who shows a key that is nobody's in particular.
    case key(KeyID)
    /// A user, whichever of his keys he shows, and by whatever he has signed in.
    case user(UserID)
    /// Whom a key names that acts for others. He is known to that key alone, and no ``user(_:)``, whatever he is called.
    case keyUser(KeyID, UserName)
    /// Whom a trusted proxy names. He is no ``user(_:)``, whatever he is called.
    case proxyUser(UserName)
    /// Whom keys named before users had numbers, and who is known no more by now: nobody comes as him.
    case formerUser(UserName)
    /// Who shows a token that the gateway has given out.
    case token(CredentialDigest)
    /// The programs of the gateway's own machine.
    case thisMachine
    /// A browser that shows the cookie of the chat page.
    case cookie(CredentialDigest)
    /// Who shows none of these, by the address that is believed to be theirs; nil behind a UNIX socket.
    case address(IPAddress?)
  }

  /// Requests have theirs from a ``Grant`` or an ``Authenticator``.
  package init(_ id: ID, scopes: Scopes, grant: Grant? = nil) {
    self.id = id
    self.scopes = scopes
    self.grant = grant
  }

  /// Whether it may see and address everybody: the list of connections, and broadcasts.
  public var mayAdminister: Bool { scopes.contains(.admin) }
}
