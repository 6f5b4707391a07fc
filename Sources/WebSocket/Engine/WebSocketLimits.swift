/// What one end of a connection bears from the other.
public struct WebSocketLimits: Sendable {
  /// The longest payload of a frame that is received.
  public var frameBytes = 1 << 20
  /// The longest message that is received, all of its fragments together.
  public var messageBytes = 1 << 20
  /// What waits to be sent.
  public var send = SendQueue.Marks()
  /// From one ping to the next.
  public var pingInterval = Duration.seconds(20)
  /// A peer that has left so many pings without an answer when the next one is due is taken for dead. At most 255.
  public var unansweredPings = 2
  /// A message that is not whole after so many pings ends the connection: it holds memory meanwhile. At most 255.
  public var messagePings = 30
  /// From the sending of a close frame, or from the end of the closing handshake, until the connection is cut.
  public var closeTimeout = Duration.seconds(10)

  /// The limits as they stand here.
  public init() {}
}
