internal import Sessions
internal import System

/// A connection that stays open, as the directory of connections knows it.
struct OpenConnection: Sendable {
  /// What its client calls it, or a name that was made here.
  let clientID: String
  /// The session that it has joined.
  let sessionID: SessionID
  /// When it was opened.
  let since: Timestamp
  /// What it does now.
  var state = State.idle
  /// Sends a text message, on the connection's own loop.
  let send: @Sendable ([UInt8]) -> Void

  /// What a connection does, as the list of connections has it.
  enum State: String, CaseIterable {
    case idle
    /// It is told a generation.
    case generating
    /// Its closing handshake has begun.
    case closing
  }
}
