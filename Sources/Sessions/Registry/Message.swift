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
  public let author: Author
  public let content: String
  public let timestamp: Timestamp
  /// A user's message that got no answer. It stays in the history and is never sent as context.
  public internal(set) var isFailed = false
  /// What an answer cost; nil for one that was stopped, and for a user's message.
  public internal(set) var usage: GenerationUsage?

  public var isFromUser: Bool {
    if case .user = author { true } else { false }
  }

  /// What it counts towards the bounds, in bytes: the texts and something for the rest.
  var size: Int {
    let name =
      switch author {
      case .user(let user): user
      case .assistant(let model): model
      }
    return content.utf8.count + name.utf8.count + 96
  }
}
