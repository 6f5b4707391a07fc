/// Whose a session is. There are no accounts: it is whatever tells one caller from another, in this order of proof.
public enum SessionOwner: Hashable, Sendable {
  /// All callers are one: `--shared-sessions`.
  case everybody
  /// Who shows a token that the gateway has given out, by its 128 random bits.
  case token(high: UInt64, low: UInt64)
  /// The programs of the gateway's own machine.
  case loopback
  /// A browser that shows the cookie of the chat page, by its 128 random bits.
  case cookie(high: UInt64, low: UInt64)
  /// Who shows none of these, by the address that is believed to be his, without a port.
  case address(String)
}
