package import System

/// What keeps sessions, keys and usage beyond the process: SQLite, or PostgreSQL. Without one sessions live in the registry's memory alone.
///
/// Its parts block, so none of them is touched on a loop or on the registry's queue: the one writer belongs to the queue of the
/// ``StoreWriter``, and each reader to a queue of ``StoreReaders``.
package protocol SessionStore: Sendable {
  /// Which kind it is.
  var kind: StoreKind { get }
  /// Where it is, for people: without secrets.
  var location: String { get }

  /// What writes to it. There is one at a time.
  func makeWriter() throws(StoreError) -> sending any SessionStoreWriter
  /// What reads from it, beside the writer and other readers. It sees whatever was committed before its call.
  func makeReader() throws(StoreError) -> sending any SessionStoreReader
  /// Notes beside the store that access is closed, so that what is put in its place opens nothing: before the first key or user is
  /// written, as a kill in between must open nothing either. Blocks for a moment; does nothing where nothing can lie beside it.
  ///
  /// - Returns: whether it was not noted before.
  @discardableResult
  func noteClosed() throws(StoreError) -> Bool
  /// Notes it again, once access is closed in the store: another process may take its own note back at the same moment, and is waited for.
  func confirmClosedNote() throws(StoreError)
  /// Takes the note back, where the store says that nobody has closed access: what it was written for was not done. Blocks for a moment.
  func takeBackClosedNote() throws(StoreError)
  /// Gives back what keeps others out. Writers and readers are gone before.
  func close()
}

extension SessionStore {
  package func noteClosed() throws(StoreError) -> Bool { false }
  package func confirmClosedNote() throws(StoreError) {}
  package func takeBackClosedNote() throws(StoreError) {}
}

/// The kinds of store, by the names that people are told.
package enum StoreKind: String, Sendable {
  case sqlite
  case postgresql
}

/// The one that writes to a store. Belongs to one queue; its calls block.
package protocol SessionStoreWriter: AnyObject {
  /// Writes a group in one transaction, and comes back when it is durable. A member that the store cannot take fails alone: the
  /// others are written without it.
  ///
  /// A group of none asks whether the store is well.
  ///
  /// All changes may come twice: where it is not known whether a commit went through, the group is written again.
  ///
  /// - Returns: for each member, why it was not written; nil where it was.
  /// - Throws: where the store itself failed: nothing of the group may be taken for written, nor for not written.
  func commit(_ group: [StoreWrite]) throws(StoreError) -> [StoreWriteError?]

  /// The secret of this name: the stored one, or this one, which is stored by that.
  func secret(_ name: String, orElse new: [UInt8]) throws(StoreError) -> [UInt8]

  /// Whether another process has changed sessions, keys or teams since the last call: a subcommand that ran beside the service.
  func wasChangedByOthers() throws(StoreError) -> Bool

  /// What the store takes, in bytes, without what is free for its own use again; by the last commit.
  var usedBytes: Int { get }
}

/// One that reads from a store. Belongs to one queue; its calls block.
package protocol SessionStoreReader: AccessStoreReader {
  /// The first of these sessions that there is, with the end of its history.
  ///
  /// - Parameter recent: how much of the history.
  func session(_ keys: [StoreKey], recent: RecentMessages) throws(StoreError) -> LoadedSession?

  /// A part of an owner's sessions, the one that was updated last first, and how many they are in all. It costs by its length,
  /// and next to nothing by `skip`.
  func sessions(
    ownedBy owner: String, skip: Int, limit: Int
  ) throws(StoreError) -> (sessions: [StoredSession], total: Int)

  /// A part of all owners' sessions, the one that was updated last first. What is skipped costs a step in an index each.
  func latestSessions(skip: Int, limit: Int) throws(StoreError) -> [StoredSession]

  /// Messages of a session by their places, oldest first: the first `limit` of them, or as many as have no more than `bytes`
  /// bytes of texts together, but one in any case.
  func messages(
    of key: StoreKey, from place: Int, limit: Int, bytes: Int
  ) throws(StoreError) -> [StoredMessage]

  /// Those of these images that the session has.
  func images(of key: StoreKey, _ digests: [ImageDigest]) throws(StoreError) -> [StoredImage]

  /// A generation, by its id.
  func generation(_ id: String) throws(StoreError) -> StoredGeneration?
  /// The session's generation that was put last: by the order of their puts, as clocks jump.
  func lastGeneration(of key: StoreKey) throws(StoreError) -> StoredGeneration?
  /// What was kept of the texts of some generations, each in order: as parts of their own, and of those that run behind them what
  /// checkpoints have, put together.
  ///
  /// - Returns: as many as there were asked for, in the same order.
  func parts(of generations: [String]) throws(StoreError) -> [[StoredPart]]
  /// Generations that no process makes any more, if this is asked at a start: at most `limit`.
  func runningGenerations(limit: Int) throws(StoreError) -> [StoredGeneration]

  /// What was asked for by this key, if it has not expired.
  func idempotentRequest(_ key: String, of owner: String) throws(StoreError) -> IdempotentRequest?

  /// Sessions that were not updated since, the oldest first: of all owners, or of those that are addresses.
  func sessions(
    notUpdatedSince time: Timestamp, ofAddressesOnly: Bool, limit: Int
  ) throws(StoreError) -> [StoredSession]
  /// All sessions in the order of their keys, from behind one on.
  func sessions(after key: StoreKey?, limit: Int) throws(StoreError) -> [StoredSession]
  /// The names of a session's images.
  func imageDigests(of key: StoreKey) throws(StoreError) -> [ImageDigest]
}

extension SessionStoreReader {
  /// What was kept of a generation's texts, in order.
  package func parts(of generation: String) throws(StoreError) -> [StoredPart] {
    try parts(of: [generation]).first ?? []
  }
}
