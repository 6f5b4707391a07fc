internal import Sessions

/// What a server says of itself.
struct ServerFacts: Sendable {
  private let version: Int
  /// As the server has it, for people.
  let versionText: String
  private let encoding: String
  /// Its settings that are off, and make it lose what it has committed.
  private let missing: [String]

  init(of connection: Connection) throws(ServerError) {
    let question = """
      SELECT current_setting('server_version'), current_setting('server_encoding'), current_setting('fsync') = 'off',
        current_setting('full_page_writes') = 'off'
      """
    let result = try connection.run([.text(question, [])]).first
    version = connection.serverVersion
    versionText = result?.text(0, 0) ?? ""
    encoding = result?.text(0, 1) ?? ""
    missing = [(2, "fsync"), (3, "full_page_writes")].filter { result?.isTrue(0, $0.0) == true }.map(\.1)
  }

  /// - Throws: `unusable` where the store cannot be there.
  func check(_ server: Server) throws(StoreError) {
    guard version >= 12_0000 else {
      throw StoreError(
        .unusable, "PostgreSQL at \(server.location) is version \(versionText): the store needs 12 or later")
    }
    guard encoding == "UTF8" else {
      throw StoreError(
        .unusable,
        """
        the database at \(server.location) has the encoding \(encoding): the store needs one with UTF8 (createdb -E UTF8 -T \
        template0)
        """)
    }
  }

  /// For people.
  var warnings: [String] {
    missing.map {
      "PostgreSQL runs with \($0) = off: after a crash of its machine, what the gateway has acknowledged may be lost or damaged"
    }
  }
}
