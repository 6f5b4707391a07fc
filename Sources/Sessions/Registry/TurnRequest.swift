public import Access
import Budgets

/// A message of a client, which wants the model's next one. The caller has bounded its texts.
public struct TurnRequest: Sendable {
  /// `nil` makes a session with a new name; an unknown one is made too.
  public var sessionID: SessionID?
  /// Who asks: the owner of a session that is made.
  public var principal: Principal
  /// The request's `user_id`: a label of the message by its author, which proves nothing.
  public var user: String
  /// What is said.
  public var message: String
  /// The images that go along, by name or in full.
  public var images: [TurnImage]
  /// With its tag.
  public var model: String

  /// Whether the session's earlier messages go along.
  public var includesContext: Bool
  /// Whether the session's last turn is dropped when this one begins, which then stands in its place.
  public var replacesLastTurn: Bool
  /// Whoever asks, if it listens to the session too: by this it knows its own generations. The turn of a listener begins
  /// only while somebody listens to the session.
  public var origin: SessionListener.ID?
  /// Which of the listener's turns it is, by its own count.
  public var originTurn: Int?

  /// On which its generation counts; nil for a client without a bound.
  var account: ClientAccount?

  /// Whether the generation is told while it comes: who loses such a stream may come back for the rest, within the grace.
  /// One that is not ends with its only client.
  public var isStreamed: Bool

  /// By what key it is asked for, so that who asks twice gets one generation; nil where by none.
  public var idempotency: Idempotency?

  /// Called on the registry's queue where the turn has to wait for others of its session, or for a listener.
  public var onWait: (@Sendable () -> Void)?

  /// Bytes that the caller holds for the turn beside the message.
  public var attachedBytes: Int

  /// Whether it waits where nobody listens to the session.
  var needsListener: Bool { origin != nil }

  /// A message with what most of them have.
  public init(
    sessionID: SessionID? = nil, principal: Principal, user: String = "anonymous", message: String,
    images: [TurnImage] = [], model: String,
    includesContext: Bool = true, replacesLastTurn: Bool = false, origin: SessionListener.ID? = nil,
    originTurn: Int? = nil, isStreamed: Bool = true, idempotency: Idempotency? = nil, attachedBytes: Int = 0
  ) {
    self.idempotency = idempotency
    self.attachedBytes = attachedBytes
    self.isStreamed = isStreamed
    self.includesContext = includesContext
    self.replacesLastTurn = replacesLastTurn
    self.origin = origin
    self.originTurn = originTurn
    self.sessionID = sessionID
    self.principal = principal
    self.user = user
    self.message = message
    self.images = images
    self.model = model
  }
}
