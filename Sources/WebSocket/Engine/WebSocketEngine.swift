internal import Bytes
public import System

/// One WebSocket connection without its socket: RFC 6455 after the opening handshake, for either end.
///
/// Whoever owns it reads and writes the socket and tells the time:
///
/// ```swift
/// while let event = engine.next(from: &input, at: loop.now) { … }   // input: what was read
/// engine.withPending { send(socket, $0) }                           // then consume(_:)
/// switch engine.tick(at: loop.now) { … }                            // at engine.deadline
/// ```
///
/// Pings are answered and closing handshakes completed by the engine; it queues frames in calls of
/// ``next(from:at:)`` and ``tick(at:)`` too, so look at ``hasPending`` after each. While no message is half read and
/// nothing waits to be sent, it holds no memory but itself and at most ``SendQueue/keptBytes``.
public struct WebSocketEngine: ~Copyable {
  /// How far the connection has come.
  public enum Phase: Sendable {
    case open
    /// This end sent a close frame and waits for the peer's. Messages that still come are thrown away.
    case closing
    /// The closing handshake is over, or the connection failed: write what waits, then end the connection.
    case closed
  }

  /// Whose side it is.
  public let role: WebSocketRole
  /// How far the connection has come.
  public internal(set) var phase = Phase.open

  var parser: FrameParser
  /// The fragments of a message, or the pieces of one that was cut.
  var message = GrowableBuffer()
  var isMessageLent = false
  var queue: SendQueue
  /// The payload of the last ping that came while too much waited: RFC 6455 section 5.5.3 lets the others go. None
  /// after a close frame was sent.
  var deferredPong: [UInt8]?
  var keepAlive: KeepAlive

  /// - Parameter now: the time at which the connection was upgraded.
  public init(role: WebSocketRole, limits: WebSocketLimits = WebSocketLimits(), at now: MonotonicTime) {
    self.role = role
    parser = FrameParser(role: role, frameBytes: limits.frameBytes, messageBytes: limits.messageBytes)
    queue = SendQueue(marks: limits.send)
    keepAlive = KeepAlive(start: now, limits: limits)
  }

  /// How much memory the message holds that has not come whole, in bytes.
  public var partialBytes: Int { message.capacity }

  /// How much memory it holds, in bytes, beside the structure itself.
  public var heldBytes: Int { message.capacity + queue.heldBytes + (deferredPong?.capacity ?? 0) }
}
