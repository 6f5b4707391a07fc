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

  /// How it stands with a message. The numbers are those of stores.
  public enum State: Int, Sendable {
    case whole = 0
    /// A user's message whose turn ended without a message of the model. It stays in the history and is never sent as context.
    case failed = 1
    /// A model's message whose gateway ended before it did: what was kept of it.
    case interrupted = 2
    /// A model's message that was stopped.
    case cancelled = 3
  }

  /// Counts up within its session, from 1, and is never used again.
  public let number: Int
  /// Who wrote it.
  public let author: Author
  /// What was said, without what the model thought.
  public let content: String
  /// When it was said, by the registry's clock.
  public let timestamp: Timestamp
  /// Whether it came to its end.
  public internal(set) var state = State.whole
  /// Whether it is not in the store yet, which takes too long.
  public internal(set) var isPending = false
  /// What the model thought before it said this; nil where it did not.
  public internal(set) var thinking: String?
  /// Of a user's message. Its session may have them no more.
  public internal(set) var images: [ImageDigest] = []
  /// What a model's message cost; nil for one that was stopped, and for a user's message.
  public internal(set) var usage: GenerationUsage?

  /// Whether it is a user's message without an answer.
  public var isFailed: Bool { state == .failed }

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

  /// A message with all that it has. One that is made here comes from ``Session/append(_:_:thinking:images:at:usage:)``.
  package init(
    number: Int, author: Author, content: String, timestamp: Timestamp, state: State = .whole,
    thinking: String? = nil, images: [ImageDigest] = [], usage: GenerationUsage? = nil
  ) {
    self.number = number
    self.author = author
    self.content = content
    self.timestamp = timestamp
    self.state = state
    self.thinking = thinking
    self.images = images
    self.usage = usage
  }
}
