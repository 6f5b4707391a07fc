/// A listener's place in a session: from the join on it hears of each generation that starts there, and it leaves with
/// this object. Whoever joins has one, so that however a socket ends, be it before it was open, none stays joined.
///
/// Safe from any thread, and to be dropped on any.
public final class SessionMembership: Sendable {
  /// The session that was joined.
  public var sessionID: SessionID { key.id }
  private let key: SessionKey
  private let registry: SessionRegistry
  private let listener: SessionListener

  init(of listener: SessionListener, in key: SessionKey, _ registry: SessionRegistry) {
    self.key = key
    self.registry = registry
    self.listener = listener
  }

  deinit { registry.leaveSoon(key, listener) }
}
