/// A message that a client wants to have answered. The caller has bounded its texts.
public struct TurnRequest: Equatable, Sendable {
  /// `nil` makes a session with a new name; an unknown one is made too.
  public var sessionID: SessionID?
  /// The request's `user_id`: owner of a session that is made, author of the message.
  public var user: String
  public var message: String
  /// With its tag.
  public var model: String

  /// Whether the session's earlier messages go along.
  public var includesContext: Bool
  /// Whether the session's last turn is dropped when this one begins, which then stands in its place.
  public var replacesLastTurn: Bool
  /// Whoever asks, if it listens to the session too: by this it knows its own generations. The turn of a listener begins
  /// only while somebody listens to the session.
  public var origin: SessionListener.ID?

  /// Whether it waits where nobody listens to the session.
  var needsListener: Bool { origin != nil }

  public init(
    sessionID: SessionID? = nil, user: String = "anonymous", message: String, model: String,
    includesContext: Bool = true, replacesLastTurn: Bool = false, origin: SessionListener.ID? = nil
  ) {
    self.includesContext = includesContext
    self.replacesLastTurn = replacesLastTurn
    self.origin = origin
    self.sessionID = sessionID
    self.user = user
    self.message = message
    self.model = model
  }
}
