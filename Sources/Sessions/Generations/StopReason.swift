/// Why a generation shall stop.
public enum StopReason: Equatable, Sendable {
  /// A client asked for it.
  case requested
  /// Nobody has listened for the session's grace.
  case abandoned
  /// Its session was deleted.
  case sessionDeleted
  /// The gateway is going down.
  case draining
}
