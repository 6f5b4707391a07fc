public import System

/// Tokens that a worker has verified, by the SHA-256 of their whole texts, until they expire: what they say of whom. Whether he is there and
/// may come in is asked each time. Not safe for several threads: each worker has its own.
///
/// One of ten thousand is found as fast as the only one, and without an allocation.
public struct TokenMemory<Content: Sendable>: Sendable {
  /// The most tokens; of more the one that was not seen for the longest is forgotten.
  public static var capacity: Int { 10_000 }

  private struct Entry {
    let content: Content
    let keys: UInt64
    let expiresAt: Timestamp
  }

  private var entries: RecencyTable<SecretDigest, Entry>

  /// None.
  public init() { self.init(capacity: Self.capacity) }

  init(capacity: Int) { entries = RecencyTable(capacity: capacity) }

  /// How many there are.
  public var count: Int { entries.count }

  /// What a token says, if it was verified and is valid.
  ///
  /// - Parameter keys: the set of keys by which tokens are verified now: what another has verified is verified again.
  public mutating func find(_ digest: SecretDigest, keys: UInt64, at now: Timestamp) -> Content? {
    guard let entry = entries[digest], entry.keys == keys, now < entry.expiresAt else { return nil }
    return entry.content
  }

  /// Keeps what a verified token says, or says of it now.
  ///
  /// - Parameter keys: the set of keys by which it was verified.
  public mutating func store(
    _ digest: SecretDigest, _ content: Content, keys: UInt64, until expiresAt: Timestamp
  ) {
    entries[digest] = Entry(content: content, keys: keys, expiresAt: expiresAt)
  }
}
