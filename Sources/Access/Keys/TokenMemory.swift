package import System

/// Tokens of an issuer that a worker has verified, by the SHA-256 of their texts, until they expire: what they say of whom. Whether he is
/// there and may come in is asked each time.
package struct TokenMemory<Content: Sendable>: Sendable {
  /// The most tokens; of more the one that was not seen for the longest is forgotten.
  package static var capacity: Int { 10_000 }

  private struct Entry {
    let content: Content
    let expiresAt: Timestamp
  }

  private var entries: RecencyTable<SecretDigest, Entry>
  /// Of the issuer's keys that they were verified by.
  private var generation: UInt64?
  private let capacity: Int

  /// None.
  package init() { self.init(capacity: Self.capacity) }

  init(capacity: Int) {
    self.capacity = capacity
    entries = RecencyTable(capacity: capacity)
  }

  /// How many there are.
  package var count: Int { entries.count }

  /// The issuer may have other keys by now: what others have verified is verified again.
  package mutating func use(generation: UInt64) {
    guard self.generation != generation else { return }
    entries = RecencyTable(capacity: capacity)
    self.generation = generation
  }

  /// What a token says, if it was verified and is valid.
  package mutating func find(_ digest: SecretDigest, at now: Timestamp) -> (
    content: Content, expiresAt: Timestamp
  )? {
    guard let entry = entries[digest], now < entry.expiresAt else { return nil }
    return (entry.content, entry.expiresAt)
  }

  /// Keeps what a verified token says.
  package mutating func store(_ digest: SecretDigest, _ content: Content, until expiresAt: Timestamp) {
    entries[digest] = Entry(content: content, expiresAt: expiresAt)
  }
}
