internal import System

/// When to ping and when to give up: the one deadline of a connection.
struct KeepAlive {
  enum Action {
    case nothing
    case ping
    /// The peer has taken too long over one message.
    case hurry
    case giveUp
  }

  /// When something is to be done next.
  private(set) var deadline: MonotonicTime
  // In the small, as each idle connection has one of these.
  private let pingNanoseconds: Int64
  private let closeNanoseconds: Int64
  private let tolerated: UInt8
  private let toleratedWithinMessage: UInt8
  /// Pings since the peer was last heard.
  private var unanswered: UInt8 = 0
  /// Pings since the message or frame was begun that is not whole.
  private var withinMessage: UInt8 = 0
  private var isClosing = false

  init(start: MonotonicTime, limits: WebSocketLimits) {
    precondition(limits.pingInterval > .zero && limits.unansweredPings > 0, "pings need time for an answer")
    pingNanoseconds = limits.pingInterval.wholeNanoseconds
    closeNanoseconds = limits.closeTimeout.wholeNanoseconds
    tolerated = UInt8(clamping: limits.unansweredPings)
    toleratedWithinMessage = UInt8(clamping: limits.messagePings)
    deadline = start + .nanoseconds(pingNanoseconds)
  }

  /// The peer sent something. It need not be a pong: within a long message the peer cannot send one soon.
  mutating func heard() { unanswered = 0 }

  /// Whatever the peer had begun is whole.
  mutating func wasWhole() { withinMessage = 0 }

  /// A close frame was sent: from now on the deadline is for the end.
  mutating func beginClosing(at now: MonotonicTime) {
    isClosing = true
    deadline = now + .nanoseconds(closeNanoseconds)
  }

  /// - Parameter isWithinMessage: whether the peer has begun a message or frame that is not whole.
  mutating func tick(at now: MonotonicTime, isWithinMessage: Bool) -> Action {
    guard now >= deadline else { return .nothing }
    guard !isClosing, unanswered < tolerated else { return .giveUp }
    guard !isWithinMessage || withinMessage < toleratedWithinMessage else { return .hurry }
    withinMessage = isWithinMessage ? withinMessage + 1 : 0
    unanswered += 1
    deadline = now + .nanoseconds(pingNanoseconds)
    return .ping
  }
}
