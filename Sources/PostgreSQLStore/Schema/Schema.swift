internal import Sessions

/// The store's tables, in a schema of their own. Times are milliseconds since 1970, as `Timestamp` has them: a round trip is
/// exact, and no session's time zone has a say in it.
enum Schema {
  static let name = "ollama_gateway"
  /// What this program makes and reads.
  static let version = migrations.count
  /// How long a change of the tables may take without a word.
  private static let patience = Duration.seconds(3600)
  /// Of the advisory lock under which tables are made and changed: "ogscheme" in ASCII.
  private static let migrationLock = 0x6F67_7363_6865_6D65

  /// What leads from each version to the next, from 0 on, where there is nothing.
  private static let migrations = [
    firstVersion, checkpoints, access, users, usageLog, countedMessages, adoptions, adoptionsInOrder,
  ]

  /// Makes the tables, or brings those of an older program up to date.
  ///
  /// - Throws: `newer` where a newer program has made them.
  static func migrate(_ connection: Connection, at server: Server) throws(StoreError) {
    do throws(ServerError) {
      // Another gateway may be at it: it is waited for, as is a change of large tables.
      try connection.run(
        [
          .text("BEGIN", []), .text("SET LOCAL statement_timeout = 0", []),
          .text("SELECT pg_advisory_xact_lock($1::bigint)", [Parameter(migrationLock)]),
        ], patience: patience)
    } catch { throw server.openingFailure(error) }
    do throws(ServerError) {
      let found = try version(connection)
      guard found <= version else {
        try connection.run([.text("ROLLBACK", [])])
        throw ServerError(newerState, "")
      }
      for step in max(0, found)..<version {
        try connection.run(migrations[step].map { .text($0, []) }, patience: patience)
        try connection.run([.text("UPDATE store SET version = $1", [Parameter(step + 1)])])
      }
      try connection.run([.text("COMMIT", [])])
    } catch {
      if error.state == newerState { throw newer(server) }
      _ = try? connection.run([.text("ROLLBACK", [])])
      throw server.openingFailure(error)
    }
  }

  /// Looks at tables, which somebody else may be using: nothing is changed.
  ///
  /// - Parameter mayBeOlder: whether they are about to be brought up to date.
  static func check(
    _ connection: Connection, at server: Server, mayBeOlder: Bool = false
  ) throws(StoreError) {
    let found: Int
    do throws(ServerError) {
      found = try version(connection)
    } catch { throw server.openingFailure(error) }
    if found > version { throw newer(server) }
    if found == 0 {
      throw StoreError(
        .unusable, "there is no store yet at \(server.location): ollama-gateway serve makes it")
    }
    if found < version, !mayBeOlder { throw StoreError(.unusable, "\(olderWords), at \(server.location)") }
  }

  private static let olderWords =
    "an older program has made the store's tables; a gateway of this version brings them up to date when it starts"
  /// Of no SQL: what is thrown inside of here.
  private static let newerState = "OGNEW"

  private static func newer(_ server: Server) -> StoreError {
    StoreError(
      .newer,
      """
      the store at \(server.location) was made by a newer ollama-gateway than this: run that version, or give this one a \
      database of its own
      """)
  }

  /// Of the tables that are there; 0 where there are none.
  static func version(_ connection: Connection) throws(ServerError) -> Int {
    let there = try connection.run([.text("SELECT to_regclass('\(name).store') IS NOT NULL", [])])
    guard there.first?.isTrue(0, 0) == true else { return 0 }
    return try connection.run([.text("SELECT version FROM \(name).store", [])]).first?.integer(0, 0) ?? 0
  }
}
