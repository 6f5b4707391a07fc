package import System

/// What reads keys, users, teams and usage. Belongs to one queue; its calls block.
package protocol AccessStoreReader: AnyObject {
  /// Whether access is closed, and the revision of keys, users and teams.
  func accessState() throws(StoreError) -> StoredAccessState
  /// The state with all keys, users and teams, as they were at one moment: at most `limit` of each.
  func access(limit: Int) throws(StoreError) -> StoredAccess
  /// A key, by its id.
  func key(_ id: String) throws(StoreError) -> StoredKey?

  /// The names of keys, and of whom keys name, that have sessions, from behind one on, in their order: at most `limit`.
  func keyOwners(after name: String, limit: Int) throws(StoreError) -> [String]

  /// Orders by which sessions change hands, in the order in which they were given: at most `limit`.
  func adoptions(limit: Int) throws(StoreError) -> [StoredAdoptionOrder]

  /// All sign-ins, by their ids: at most `limit`. Those that have ended are among them.
  func signIns(limit: Int) throws(StoreError) -> [StoredSignIn]

  /// The sums of what was used, in the order of their accounts. It reads all of the hours.
  func usage(_ question: UsageQuestion) throws(StoreError) -> [StoredUsage]

  /// Requests of the log, the last ones first.
  func usageEntries(_ question: UsageLogQuestion) throws(StoreError) -> [StoredUsageEntry]

  /// Counters of windows that began at these times, in no particular order: at most `limit` of each.
  func counters(of windows: [Timestamp], limit: Int) throws(StoreError) -> [StoredCounter]
}
