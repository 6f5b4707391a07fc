/// What one client may hold a quarter of.
public enum ClientResource: CaseIterable, Sendable {
  /// A connection; for a client behind a proxy, a request.
  case connection
  /// An open WebSocket.
  case webSocket
  /// A session that the client has made.
  case session
  /// A generation of the chat API that runs, or waits for its turn.
  case turn
}

/// The bytes that one client may hold a share of.
public enum ClientBytes: CaseIterable, Sendable {
  /// Bodies of requests that are held in memory.
  case bodies
  /// What waits to be sent.
  case unsent
  /// Images of sessions.
  case images
}
