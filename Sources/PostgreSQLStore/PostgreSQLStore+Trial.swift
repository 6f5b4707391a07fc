package import Sessions

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
    do throws(ServerError) {
      connection = try server.connect(preparing: [])
      facts = try ServerFacts(of: connection)
      isMade = try Schema.version(connection) > 0
      holder = try StoreHold.holder(connection)
    } catch { throw server.openingFailure(error) }
    try facts.check(server)
    if isMade {
      try Schema.check(connection, at: server, mayBeOlder: true)
    } else {
      try checkMayMake(connection, server)
    }
    return Trial(
      location: server.location, version: facts.versionText, isMade: isMade,
      holder: holder.isEmpty ? nil : holder, warnings: facts.warnings)
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
