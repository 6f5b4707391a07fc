public import Access
public import System

/// A session as a list shows it.
public struct SessionSummary: Equatable, Sendable {
  /// Its name.
  public let id: SessionID
  /// Whose it is.
  public let owner: Principal.ID
  /// When it was made.
  public let createdAt: Timestamp
  /// When something was last said, or the session changed.
  public let updatedAt: Timestamp
  /// How many messages its history has now.
  public let messageCount: Int
  /// The beginning of the first user's message, at most 320 bytes: by it people know a session again. Empty where there is
  /// none.
  public let title: String
  /// Whether a turn runs now.
  public let isGenerating: Bool
}
