package import System

/// A session as administrators see it, whosoever it is: nothing of what was said there, and no title, which is made of that.
package struct AdministeredSession: Equatable, Sendable {
  /// Its name.
  package let id: SessionID
  /// Whose it is, by the name that stores have for principals.
  package let owner: String
  /// When it was made.
  package let createdAt: Timestamp
  /// When something was last said, or the session changed.
  package let updatedAt: Timestamp
  /// How many messages its history has now.
  package let messageCount: Int
  /// Whether a turn runs now.
  package let isGenerating: Bool
}
