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
