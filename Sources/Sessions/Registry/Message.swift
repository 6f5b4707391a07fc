public import System

/// One message of a session's history.
public struct Message: Equatable, Sendable {
  /// Who wrote it.
  public enum Author: Equatable, Sendable {
    /// A person, by the request's `user_id`.
    case user(String)
    /// A model, by its name.
    case assistant(model: String)
  }

  /// Counts up within its session, from 1, and is never used again.
  public let number: Int
  /// Who wrote it.
  public let author: Author
  /// What was said, without what the model thought.
  public let content: String
  /// When it was said, by the registry's clock.
  public let timestamp: Timestamp
  /// A user's message whose turn ended without a message of the model. It stays in the history and is never sent as context.
  public internal(set) var isFailed = false
  /// What the model thought before it said this; nil where it did not.
  public internal(set) var thinking: String?
  /// Of a user's message. Its session may have them no more.
  public internal(set) var images: [ImageDigest] = []
  /// What a model's message cost; nil for one that was stopped, and for a user's message.
  public internal(set) var usage: GenerationUsage?

  /// Whether a person wrote it.
  public var isFromUser: Bool {
    if case .user = author { true } else { false }
  }

  /// Its texts, in bytes.
  public var textBytes: Int { content.utf8.count + (thinking?.utf8.count ?? 0) }

  /// What it counts towards the bounds, in bytes: the texts and something for the rest.
  var size: Int {
    let name =
      switch author {
      case .user(let user): user
      case .assistant(let model): model
      }
    return textBytes + name.utf8.count + images.count * MemoryLayout<ImageDigest>.stride + 96
  }
}
