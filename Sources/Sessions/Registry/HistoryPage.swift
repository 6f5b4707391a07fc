public import System

/// A part of a session's history, oldest first.
public struct HistoryPage: Equatable, Sendable {
  /// The messages of the part.
  public let messages: [Message]
  /// How many messages the session has.
  public let total: Int
  /// When the session was made.
  public let createdAt: Timestamp
}
