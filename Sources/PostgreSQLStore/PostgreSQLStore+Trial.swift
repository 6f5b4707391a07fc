package import Sessions
package import System

extension PostgreSQLStore {
  /// What a gateway would find at an address.
  package struct Trial: Sendable, Equatable {
    /// Where it is, without secrets.
    package let location: String
    /// The server's.
    package let version: String
    /// Whether the tables are there.
    package let isMade: Bool
    /// The gateway that has it now, in words; nil where none has.
    package let holder: String?
    /// When the first key has closed access; nil before that.
    package let closedSince: Timestamp?
    /// See ``PostgreSQLStore/warnings``.
    package let warnings: [String]
  }

  /// Looks whether a gateway could open a store, beside one that may have it; makes and changes nothing. Blocks.
  ///
  /// - Parameter password: see ``open(url:password:mode:durability:)``.
  package static func trial(url: String, password: String?) throws(StoreError) -> Trial {
    let server = Server(
      address: try ServerAddress(url, password: password), settings: SessionSettings(isRelaxed: false))
    let connection: Connection
    let facts: ServerFacts
    let isMade: Bool
    let holder: String
    let closedSince: Timestamp?
    do throws(ServerError) {
      connection = try server.connect(preparing: [])
      facts = try ServerFacts(of: connection)
      isMade = try Schema.version(connection) > 0
      holder = try StoreHold.holder(connection)
      closedSince = try PostgreSQLStore.closedSince(connection)
    } catch { throw server.openingFailure(error) }
    try facts.check(server)
    if isMade {
      try Schema.check(connection, at: server, mayBeOlder: true)
    } else {
      try checkMayMake(connection, server)
    }
    return Trial(
      location: server.location, version: facts.versionText, isMade: isMade,
      holder: holder.isEmpty ? nil : holder, closedSince: closedSince, warnings: facts.warnings)
  }

  /// Of tables that may be older than that of access, when nothing was closed.
  private static func closedSince(_ connection: Connection) throws(ServerError) -> Timestamp? {
    let found = try connection.run([.text("SELECT to_regclass('\(Schema.name).access') IS NOT NULL", [])])
    guard found.first?.isTrue(0, 0) == true else { return nil }
    return try connection.run([.text("SELECT closed_at FROM \(Schema.name).access", [])]).first?.time(0, 0)
  }

  private static func checkMayMake(_ connection: Connection, _ server: Server) throws(StoreError) {
    let question = """
      SELECT CASE WHEN to_regnamespace('\(Schema.name)') IS NULL THEN has_database_privilege(current_database(), 'CREATE')
        ELSE has_schema_privilege('\(Schema.name)', 'CREATE') END
      """
    let may: Bool
    do throws(ServerError) {
      may = try connection.run([.text(question, [])]).first?.isTrue(0, 0) ?? false
    } catch { throw server.openingFailure(error) }
    guard may else {
      throw StoreError(
        .unusable,
        "the user of \(server.location) may not make the store's tables: grant it CREATE on the database")
    }
  }
}
