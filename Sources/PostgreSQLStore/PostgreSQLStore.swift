package import Sessions
internal import System

/// A store on a PostgreSQL server, of version 12 or later, in the schema `ollama_gateway` of a database. Safe from any thread; what
/// opens it, makes its parts or closes it blocks.
///
/// Connections are direct, or pooled by session: prepared statements, settings and the lock are those of a session at the server.
package final class PostgreSQLStore: CopyableStore {
  /// What a store is opened for.
  package enum Mode: Sendable {
    /// To have it as long as the gateway runs: no other may. Makes the tables where there are none.
    case service
    /// To read and change it, whether a gateway runs or not.
    case beside
    /// To have it alone for a moment: the tables are there.
    case exclusive
  }

  /// What a commit that has come back survives.
  package enum Durability: Sendable {
    /// The end of the server, and a loss of its power.
    case full
    /// The end of the gateway. A loss of the server may take the last second.
    case relaxed
  }

  package let kind = StoreKind.postgresql
  package var location: String { server.location }
  /// What an operator has to know of the server: that it may lose what it has committed.
  package let warnings: [String]

  private let server: Server
  private let hold: StoreHold?

  /// Opens the store at an address.
  ///
  /// - Parameters:
  ///   - url: `postgresql://…`, as libpq reads it.
  ///   - password: nil for the address's own, or for what libpq finds where it looks for one.
  package static func open(
    url: String, password: String? = nil, mode: Mode = .service, durability: Durability = .full
  ) throws(StoreError) -> PostgreSQLStore {
    let server = Server(
      address: try ServerAddress(url, password: password),
      settings: SessionSettings(isRelaxed: durability == .relaxed))
    let connection: Connection
    let facts: ServerFacts
    do throws(ServerError) {
      connection = try server.connect(preparing: [])
      facts = try ServerFacts(of: connection)
    } catch { throw server.openingFailure(error) }
    try facts.check(server)
    var hold: StoreHold?
    switch mode {
    case .service, .exclusive:
      if mode == .exclusive { try Schema.check(connection, at: server, mayBeOlder: true) }
      hold = try StoreHold(connection, at: server)
    case .beside: try Schema.check(connection, at: server)
    }
    return PostgreSQLStore(server, hold, warnings: facts.warnings)
  }

  private init(_ server: Server, _ hold: StoreHold?, warnings: [String]) {
    self.server = server
    self.hold = hold
    self.warnings = warnings
  }

  package func makeWriter() throws(StoreError) -> sending any SessionStoreWriter {
    try PostgreSQLWriter(server, hold)
  }

  package func makeReader() throws(StoreError) -> sending any SessionStoreReader {
    try PostgreSQLReader(server)
  }

  package func makeFullReader() throws(StoreError) -> sending any FullStoreReader {
    try PostgreSQLReader(server)
  }

  package func close() { hold?.close() }
}
