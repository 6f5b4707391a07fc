internal import Handling
internal import Sessions

extension ChatSocketProtocol {
  /// What the owner has to do, beside sending what was written.
  enum Command {
    /// Let the message have its turn in the session; its generation is announced by
    /// ``generationDidStart(_:ownTurn:)`` with the turn's number.
    case beginTurn(ChatMessageRequest, includesContext: Bool, number: Int)
    /// Read the generation's log from the event after this number on.
    case follow(Generation, after: Int)
    case stop
    /// Find the generation of a session (nil: this socket's), and call ``resume(_:after:into:)``.
    case resume(SessionID?, after: Int)
    /// Send ``history(_:keeping:dialect:)`` of the session's messages.
    case readHistory(Dialect)
    /// Empty it, then call ``writeCleared(dialect:into:)``.
    case clearHistory(Dialect)
    /// Call ``writeMetrics(_:connections:into:)``.
    case readMetrics
    /// Find the session's generation and the models, and call ``writeConnection(generation:models:into:)``.
    case greet
    /// Merge this object into the connection's, and call ``writeConfig(_:into:)``.
    case configure([UInt8])
    /// Close the socket with 1013: it has missed something.
    case leave(reason: String)
  }

  /// The two ways in which clients speak.
  enum Dialect: Equatable {
    case chat
    case assistant
  }

  /// How a generation is told.
  enum Rendering: Equatable {
    case stream
    case whole
    case assistant(streams: Bool)
  }
}
