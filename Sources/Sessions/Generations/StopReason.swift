/// Why a generation shall stop.
public enum StopReason: Equatable, Sendable {
  /// A client asked for it.
  case requested
  /// Its only client has left, or nobody has listened for the session's grace, or for less while another turn waits.
  case abandoned
  /// Its session was deleted.
  case sessionDeleted
  /// Its message could not be stored.
  case notStored
  /// The gateway is going down.
  case draining
}
