public import System

/// Who asks. There are no accounts: a principal is whatever tells one caller from another.
///
/// It is made by the ``Authenticator`` alone, from what the connection and the request's header show. What a message says of
/// its author has no part in it.
public struct Principal: Sendable {
  /// Who it is: sessions have this as their owner.
  public let id: ID
  /// Whether it may see and address everybody: the list of connections, and broadcasts.
  public let mayAdminister: Bool

  /// By what a principal is known, the strongest proof first.
  public enum ID: Hashable, Sendable {
    /// All callers are one: `--shared-sessions`.
    case everybody
    /// Who shows a token that the gateway has given out.
    case token(CredentialDigest)
    /// The programs of the gateway's own machine.
    case thisMachine
    /// A browser that shows the cookie of the chat page.
    case cookie(CredentialDigest)
    /// Who shows none of these, by the address that is believed to be theirs; nil behind a UNIX socket.
    case address(IPAddress?)
  }

  /// Requests have theirs from an ``Authenticator``.
  package init(_ id: ID, mayAdminister: Bool) {
    self.id = id
    self.mayAdminister = mayAdminister
  }
}
