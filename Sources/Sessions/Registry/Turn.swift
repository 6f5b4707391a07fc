/// A message that has its turn. Whoever holds it runs the generation, and gives it back to
/// ``SessionRegistry/finishTurn(_:_:)`` however it ends: the session's next turn waits for that.
public struct Turn: Sendable {
  /// The session that it belongs to.
  public let sessionID: SessionID
  /// What is generated, for whoever listens.
  public let generation: Generation
  /// The session's earlier messages that go along, oldest first.
  public let context: [Message]
  /// The images that go along, by the numbers of their messages.
  public let images: [Int: [SessionImage]]
  /// The message itself, as it stands in the history.
  public let message: Message
  /// Whether the session was made for it.
  public let isFirstOfSession: Bool
  /// Whether its message is being stored: nobody is told of the turn before ``SessionRegistry/acknowledge(_:)``.
  public let awaitsStore: Bool

  let sessionKey: SessionKey
  /// Which session it belongs to, should another get the same name.
  let sessionSerial: Int
}
