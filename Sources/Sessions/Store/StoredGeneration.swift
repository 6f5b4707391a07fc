package import System

/// A generation as it is stored.
package struct StoredGeneration: Equatable, Sendable {
  package var id: String
  package var session: StoreKey
  /// Who asked for it, as a session's owner.
  package var author: String
  package var model: String
  /// The place and the number of the user's message.
  package var messagePlace: Int
  package var messageNumber: Int
  package var startedAt: Timestamp
  /// Nil while it runs.
  package var end: StoredGenerationEnd?

  package init(
    id: String, session: StoreKey, author: String, model: String, messagePlace: Int, messageNumber: Int,
    startedAt: Timestamp, end: StoredGenerationEnd? = nil
  ) {
    self.id = id
    self.session = session
    self.author = author
    self.model = model
    self.messagePlace = messagePlace
    self.messageNumber = messageNumber
    self.startedAt = startedAt
    self.end = end
  }
}

/// How a generation ended.
package struct StoredGenerationEnd: Equatable, Sendable {
  /// As it is stored; 0 is one that runs.
  package enum State: Int, Sendable {
    case completed = 1
    case failed = 2
    /// Its process ended before it did.
    case interrupted = 3
    /// It was stopped.
    case cancelled = 4
  }

  package var state: State
  package var endedAt: Timestamp
  /// The number of its last text.
  package var lastNumber: Int
  /// Ollama's own word; nil where it did not come to its end.
  package var doneReason: String?
  /// The code and the message of a failure.
  package var failureCode: String?
  package var failureMessage: String?
  /// The place of the model's message; nil where there is none.
  package var answerPlace: Int?

  package init(
    _ state: State, endedAt: Timestamp, lastNumber: Int, doneReason: String? = nil,
    failureCode: String? = nil,
    failureMessage: String? = nil, answerPlace: Int? = nil
  ) {
    self.state = state
    self.endedAt = endedAt
    self.lastNumber = lastNumber
    self.doneReason = doneReason
    self.failureCode = failureCode
    self.failureMessage = failureMessage
    self.answerPlace = answerPlace
  }
}

/// What was new of a running generation's texts, when it was looked at.
package struct StoredPart: Equatable, Sendable {
  package var generation: String
  /// Counted from 0.
  package var index: Int
  /// The texts, one after the other: whole characters, without U+0000.
  package var text: [UInt8]
  /// Where they end and what they are: ``TextLengths``.
  package var lengths: [UInt8]

  package init(generation: String, index: Int, text: [UInt8], lengths: [UInt8]) {
    self.generation = generation
    self.index = index
    self.text = text
    self.lengths = lengths
  }
}

/// By what key a generation was asked for.
package struct IdempotentRequest: Equatable, Sendable {
  package var key: String
  package var owner: String
  package var generation: String
  /// Of the request's body.
  package var digest: [UInt8]
  package var expiresAt: Timestamp

  package init(key: String, owner: String, generation: String, digest: [UInt8], expiresAt: Timestamp) {
    self.key = key
    self.owner = owner
    self.generation = generation
    self.digest = digest
    self.expiresAt = expiresAt
  }
}
