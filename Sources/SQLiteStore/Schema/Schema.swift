/// What a database of ours has, by its versions.
enum Schema {
  /// Says in a file's header that it is a store of this gateway: `OLGW`.
  static let applicationID = 0x4F4C_4757

  /// Each makes of the version before it the next one: the first of an empty database version 1. What has been released stays
  /// as it is; what is new comes at the end.
  static let migrations: [String] = [
    version1, checkpoints, leanIndexes, access, users, usageLog, adoptions, adoptionsInOrder,
  ]

  /// From which on there are keys.
  static let versionOfAccess = 4

  /// The version that this program reads and writes, as in `PRAGMA user_version`.
  static var version: Int { migrations.count }

  /// Makes the tables, or brings them up to date: in one transaction, so that no version is there in part.
  static func migrate(_ connection: SQLiteConnection) throws(SQLiteFailure) {
    guard try connection.number("PRAGMA user_version") < version else { return }
    try connection.run(.beginWriting)
    do throws(SQLiteFailure) {
      // Another process may have done it while this one waited.
      let found = try connection.number("PRAGMA user_version")
      if found < version {
        for migration in migrations[max(0, found)...] { try connection.run(migration) }
        try connection.run("PRAGMA application_id = \(applicationID)")
        try connection.run("PRAGMA user_version = \(version)")
      }
      try connection.run(.commit)
    } catch {
      connection.rollBack()
      throw error
    }
  }
}
