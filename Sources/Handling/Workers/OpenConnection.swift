package import Sessions
package import System

/// A connection that stays open, as the directory of connections knows it.
package struct OpenConnection: Sendable {
  /// What its client calls it, or a name that was made here.
  package let clientID: String
  /// The session that it has joined.
  package let sessionID: SessionID
  /// When it was opened.
  package let since: Timestamp
  /// What it does now.
  package var state = State.idle
  /// Sends a text message, on the connection's own loop.
  package let send: @Sendable ([UInt8]) -> Void

  /// What a connection does, as the list of connections has it.
  package enum State: String, CaseIterable {
    case idle
    /// It is told a generation.
    case generating
    /// Its closing handshake has begun.
    case closing
  }

  /// - Parameter send: sends a text message, on the connection's own loop.
  package init(
    clientID: String, sessionID: SessionID, since: Timestamp, send: @escaping @Sendable ([UInt8]) -> Void
  ) {
    self.clientID = clientID
    self.sessionID = sessionID
    self.since = since
    self.send = send
  }
}
