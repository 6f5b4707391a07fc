/// A store that gives out all that it has, and not only what a gateway asks for: so that it can be copied.
package protocol CopyableStore: SessionStore {
  /// What reads all of it.
  func makeFullReader() throws(StoreError) -> sending any FullStoreReader
}

/// One that reads all that a store has. Belongs to one queue; its calls block.
package protocol FullStoreReader: SessionStoreReader {
  /// A part of a session's generations, in the order in which they were put.
  func generations(of key: StoreKey, skip: Int, limit: Int) throws(StoreError) -> [StoredGeneration]
  /// A part of what was asked for by keys, in the order of owners and keys; what has expired, too.
  func idempotentRequests(skip: Int, limit: Int) throws(StoreError) -> [IdempotentRequest]
  /// All secrets, by their names.
  func secrets() throws(StoreError) -> [String: [UInt8]]
  /// A part of what was used, in the order of its accounts.
  ///
  /// - Parameter account: behind which it begins; nil for the first.
  func usage(after account: StoredUsage.Account?, limit: Int) throws(StoreError) -> [StoredUsage]
  /// A part of the log of requests, in the order of places.
  ///
  /// - Parameter place: behind which it begins; nil for the first.
  func usageEntries(after place: StoredUsageEntry.Place?, limit: Int) throws(StoreError) -> [StoredUsageEntry]
  /// The first counters, in the order of their subjects.
  func counters(limit: Int) throws(StoreError) -> [StoredCounter]
}
