extension ScriptedOllama {
  /// A request and what became of its response.
  public struct Exchange: Sendable {
    /// The request, as far as it has come.
    public internal(set) var request: Request
    /// Bytes of the response that the socket has taken, heads and framing included.
    public internal(set) var bytesSent = 0
    /// How it ended, or nil while it goes on.
    public internal(set) var ending: Ending?

    /// Whether it has not ended.
    public var isInProgress: Bool { ending == nil }
    /// Whether the peer left before it had the whole response.
    public var peerLeft: Bool { if case .peerLeft = ending { true } else { false } }
  }

  /// How an exchange ended.
  public enum Ending: Sendable, Equatable {
    /// The script came to its end: the socket has taken the response whole.
    case responded
    /// The script closed the connection or broke it off.
    case cut
    /// The peer left first. `bytesSent` is 0 when it had nothing of the response.
    case peerLeft(Departure, bytesSent: Int)
    /// The fake was stopped, or closed the connection at the test's command.
    case stopped
  }
}
