public import System

/// A part of a session's history, oldest first.
public struct HistoryPage: Equatable, Sendable {
  public let messages: [Message]
  /// How many messages the session has.
  public let total: Int
  public let createdAt: Timestamp
}
