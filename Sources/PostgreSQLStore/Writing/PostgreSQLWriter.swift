internal import Sessions

/// What writes to a store on PostgreSQL. Belongs to one queue; its calls block.
///
/// A connection that is lost is made anew by the next call: how long to wait before that is the caller's to say.
final class PostgreSQLWriter: SessionStoreWriter {
  private let server: Server
  /// Nil beside a service, whose reign it is.
  private let hold: StoreHold?
  private var connection: Connection?
  /// The counter of what subcommands have changed, when it was looked at last.
  private var foreignChanges: Int?

  private(set) var usedBytes = 0

  /// - Throws: where there is no connection to be had.
  init(_ server: Server, _ hold: StoreHold?) throws(StoreError) {
    self.server = server
    self.hold = hold
    do throws(ServerError) {
      let results = try connected().run([
        .prepared(WriteStatements.storedBytes, []), .prepared(WriteStatements.foreignChanges, []),
      ])
      usedBytes = results.first?.integer(0, 0) ?? 0
      foreignChanges = results.last?.integer(0, 0)
    } catch { throw server.failure(error) }
  }

  func commit(_ group: [StoreWrite]) throws(StoreError) -> [StoreWriteError?] {
    do throws(ServerError) {
      guard !group.isEmpty else {
        // Its beginning takes a lock, which the server writes down.
        _ = try inTransaction(connected(), [])
        return []
      }
      return try commit(group, on: connected())
    } catch { throw failure(error) }
  }

  func secret(_ name: String, orElse new: [UInt8]) throws(StoreError) -> [UInt8] {
    do throws(ServerError) {
      let connection = try connected()
      let results = try inTransaction(
        connection, [.prepared(WriteStatements.secret, [Parameter(name), Parameter(bytes: new)])])
      guard let secret = results.first?.bytes(0, 0) else { throw ServerError("XX000", "no secret came back") }
      return secret
    } catch { throw failure(error) }
  }

  func wasChangedByOthers() throws(StoreError) -> Bool {
    try hold?.renew()
    do throws(ServerError) {
      let connection = try connected()
      let results = try connection.run([.prepared(WriteStatements.foreignChanges, [])])
      try hold?.reign.check(connection)
      let before = foreignChanges
      foreignChanges = results.first?.integer(0, 0)
      return foreignChanges != before
    } catch { throw failure(error) }
  }

  // MARK: Connection

  private func connected() throws(ServerError) -> Connection {
    if let connection, !connection.isLarge, !connection.isClosed() { return connection }
    connection = nil
    let new = try server.connect(preparing: WriteStatements.all)
    // A plan that is made for its parameters costs more than what it would save: each of the statements has one way.
    try new.run([.text("SET plan_cache_mode = force_generic_plan", [])])
    connection = new
    return new
  }

  /// What the caller is told. No connection on which something has failed is used again: what state it is in is not known.
  private func failure(_ error: ServerError) -> StoreError {
    connection = nil
    return server.failure(error)
  }

  // MARK: Transactions

  /// What each transaction begins with: nobody raises the epoch until its end, and a subcommand and the service come one after the
  /// other.
  private var beginning: [Command] {
    let hold: [Command] =
      hold.map { [$0.reign.hold] } ?? [
        .prepared(WriteStatements.enterBeside, []), .prepared(WriteStatements.countForeignChange, []),
      ]
    return [.prepared(WriteStatements.begin, [])] + hold
  }

  private static let end = Command.prepared(WriteStatements.end, [])

  /// Runs commands in a transaction, and returns what each has brought.
  private func inTransaction(
    _ connection: Connection, _ commands: [Command]
  ) throws(ServerError) -> ArraySlice<QueryResult> {
    let beginning = beginning
    let warnings = connection.warnings.count
    let results = try connection.run(beginning + commands + [PostgreSQLWriter.end])
    try PostgreSQLWriter.checkEnd(results.last, connection, warnings)
    return results.dropFirst(beginning.count).dropLast()
  }

  /// Whether a commit was one. A server that was told not to wait for its standby any more says that it has committed, with a
  /// warning: and one that had to roll back says so without an error.
  private static func checkEnd(_ result: QueryResult?, _ connection: Connection, _ warnings: Int)
    throws(ServerError)
  {
    guard connection.warnings.count == warnings else { throw .lost(connection.warnings.last) }
    guard result?.tag == "COMMIT" else { throw .lost("the transaction was rolled back") }
  }

  // MARK: Groups

  private func commit(
    _ writes: [StoreWrite], on connection: Connection
  ) throws(ServerError) -> [StoreWriteError?] {
    if hold == nil, PostgreSQLWriter.deletes(writes) { return try commitEach(writes, on: connection) }
    do throws(ServerError) {
      let group = GroupCommands(writes)
      let bytes = group.bytesCommand == nil ? [Command.prepared(WriteStatements.storedBytes, [])] : []
      let results = Array(try inTransaction(connection, group.commands + bytes))
      let place = group.bytesCommand ?? results.count - 1
      if results.indices.contains(place) { usedBytes = results[place].integer(0, 0) ?? usedBytes }
      return [StoreWriteError?](repeating: nil, count: writes.count)
    } catch {
      guard error.cause == .data else { throw error }
      try connection.run([.text("ROLLBACK", [])])
      return try commitEach(writes, on: connection)
    }
  }

  /// Writes the members one after the other, in one transaction all the same: which of them is at fault shows.
  private func commitEach(
    _ group: [StoreWrite], on connection: Connection
  ) throws(ServerError) -> [StoreWriteError?] {
    try connection.run(beginning)
    var errors: [StoreWriteError?] = []
    for member in group { errors.append(try write(member, on: connection)) }
    let warnings = connection.warnings.count
    let results = try connection.run([.prepared(WriteStatements.storedBytes, []), PostgreSQLWriter.end])
    try PostgreSQLWriter.checkEnd(results.last, connection, warnings)
    usedBytes = results.first?.integer(0, 0) ?? usedBytes
    return errors
  }

  private func write(_ member: StoreWrite, on connection: Connection) throws(ServerError) -> StoreWriteError?
  {
    do throws(ServerError) {
      var commands: [Command] = []
      if hold == nil {
        for case .deleteSession(let key) in member.changes {
          commands += try PostgreSQLWriter.forgetting(key, on: connection)
        }
      }
      commands += GroupCommands([member]).commands
      try connection.run([.text("SAVEPOINT member", [])] + commands + [.text("RELEASE member", [])])
      return nil
    } catch {
      guard error.cause == .data else { throw error }
      try connection.run([.text("ROLLBACK TO member", []), .text("RELEASE member", [])])
      return StoreWriteError(error)
    }
  }
}

extension StoreWriteError {
  /// What a member is told of an error of its data.
  fileprivate init(_ error: ServerError) {
    switch error.state {
    // The second: what belongs to a session has none.
    case Refusal.sessionIsGone, "23503": self = .sessionIsGone
    case Refusal.conflict, "23505": self = .conflict(error.message)
    default: self = .refused(error.message)
    }
  }
}
