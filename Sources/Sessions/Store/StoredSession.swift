package import System

/// By what a store finds a session: its id where that was made here, else the id, `@` and the owner. No id has an `@`.
package struct StoreKey: Hashable, Sendable, CustomStringConvertible {
  /// At most 256 bytes.
  package let description: String

  /// The key that a store has given out.
  package init(stored text: String) { description = text }

  /// - Parameter owner: nil where the id was made here.
  package init(_ id: SessionID, of owner: String?) {
    description = owner.map { "\(id)@\($0)" } ?? "\(id)"
  }

  /// The session's own id; nil for what is no key of ours.
  package var sessionID: SessionID? {
    SessionID(
      description.utf8.split(separator: UInt8(ascii: "@"), maxSplits: 1).first.map {
        String(decoding: $0, as: UTF8.self)
      } ?? "")
  }

  /// Whether each owner has their own session of this id.
  package var hasOwner: Bool { description.utf8.contains(UInt8(ascii: "@")) }
}

/// A session as it is stored, without its messages.
package struct StoredSession: Equatable, Sendable {
  package var key: StoreKey
  /// Whose it is: see `Principal.ID.storedName`.
  package var owner: String
  package var title: String
  /// The number of the message that the title was made of; nil where there is none.
  package var titleNumber: Int?
  package var createdAt: Timestamp
  package var updatedAt: Timestamp
  /// How many messages it has: the next one's place.
  package var messageCount: Int
  /// The number of the last message that it ever had.
  package var lastNumber: Int
  /// Whose the last turn was, as `owner`.
  package var lastAuthor: String?

  package init(
    key: StoreKey, owner: String, title: String = "", titleNumber: Int? = nil, createdAt: Timestamp,
    updatedAt: Timestamp, messageCount: Int = 0, lastNumber: Int = 0, lastAuthor: String? = nil
  ) {
    self.key = key
    self.owner = owner
    self.title = title
    self.titleNumber = titleNumber
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.messageCount = messageCount
    self.lastNumber = lastNumber
    self.lastAuthor = lastAuthor
  }
}

/// A session with the end of its history.
package struct LoadedSession: Sendable {
  package var session: StoredSession
  /// The latest, oldest first.
  package var messages: [StoredMessage]

  package init(session: StoredSession, messages: [StoredMessage]) {
    self.session = session
    self.messages = messages
  }
}

/// How much of a history's end is wanted: the newest messages that are within both bounds, and two in any case, which are a turn.
package struct RecentMessages: Sendable {
  package var messages: Int
  /// Of their texts.
  package var bytes: Int

  package init(messages: Int, bytes: Int) {
    self.messages = messages
    self.bytes = bytes
  }
}
