internal import EventLoop

/// When to ping and when to give up: the one deadline of a connection.
struct KeepAlive {
  enum Action {
    case nothing
    case ping
    case giveUp
  }

  /// When something is to be done next.
  private(set) var deadline: MonotonicTime
  /// Pings since the peer was last heard.
  private var unanswered = 0
  private var isClosing = false

  init(start: MonotonicTime, limits: WebSocketLimits) {
    deadline = start + limits.pingInterval
  }

  /// The peer sent something. It need not be a pong: within a long message the peer cannot send one soon.
  mutating func heard() { unanswered = 0 }

  /// A close frame was sent: from now on the deadline is for the end.
  mutating func beginClosing(at now: MonotonicTime, limits: WebSocketLimits) {
    isClosing = true
    deadline = now + limits.closeTimeout
  }

  mutating func tick(at now: MonotonicTime, limits: WebSocketLimits) -> Action {
    guard now >= deadline else { return .nothing }
    guard !isClosing, unanswered < limits.unansweredPings else { return .giveUp }
    unanswered += 1
    deadline = now + limits.pingInterval
    return .ping
  }
}
