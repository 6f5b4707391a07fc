public import Access
public import System

/// A session as a list shows it.
public struct SessionSummary: Equatable, Sendable {
  public let id: SessionID
  public let owner: Principal.ID
  public let createdAt: Timestamp
  public let updatedAt: Timestamp
  public let messageCount: Int
  /// The beginning of the first user's message, at most 320 bytes: by it people know a session again. Empty where there is
  /// none.
  public let title: String
  /// Whether a turn runs now.
  public let isGenerating: Bool
}
