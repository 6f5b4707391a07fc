/// A session as a list shows it.
public struct SessionSummary: Equatable, Sendable {
  public let id: SessionID
  public let owner: String
  public let createdAt: Timestamp
  public let updatedAt: Timestamp
  public let messageCount: Int
  /// Whether a turn runs now.
  public let isGenerating: Bool
}

/// A part of the list of sessions, latest first.
public struct SessionPage: Equatable, Sendable {
  public let sessions: [SessionSummary]
  /// How many the whole list has.
  public let total: Int
}

/// A part of a session's history, oldest first.
public struct HistoryPage: Equatable, Sendable {
  public let messages: [Message]
  /// How many messages the session has.
  public let total: Int
  public let createdAt: Timestamp
}

/// Figures of the registry, for metrics.
public struct SessionCounts: Equatable, Sendable {
  public var sessions = 0
  /// Bytes of all histories.
  public var bytes = 0
  public var runningTurns = 0
  public var waitingTurns = 0
  /// Sessions that went for lack of room, and of old age, since the start.
  public var evicted = 0
  public var expired = 0
}
