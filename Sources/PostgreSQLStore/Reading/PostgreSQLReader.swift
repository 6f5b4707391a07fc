internal import Sessions
internal import System

/// What reads from a store on PostgreSQL. Belongs to one queue; its calls block.
///
/// Nearly each call is one statement: what it returns was so at one moment.
final class PostgreSQLReader: SessionStoreReader {
  private let server: Server
  private var connection: Connection?

  /// - Throws: where there is no connection to be had.
  init(_ server: Server) throws(StoreError) {
    self.server = server
    do throws(ServerError) {
      connection = try server.connect(preparing: ReadStatements.all)
    } catch { throw server.failure(error) }
  }

  func session(_ keys: [StoreKey], recent: RecentMessages) throws(StoreError) -> LoadedSession? {
    let parameters = [
      Parameter(texts: keys.map(\.description)), Parameter(max(0, recent.messages)),
      Parameter(max(0, recent.bytes)),
    ]
    return try ask(ReadStatements.session, parameters) { (result) throws(DamagedRow) in
      guard result.rows > 0 else { return nil }
      let session = try result.session(0)
      var messages: [StoredMessage] = []
      // Without messages there is one row, which has nothing in their columns.
      for row in 0..<result.rows where result.integer(row, 9) != nil {
        messages.append(try result.message(row, 9))
      }
      return LoadedSession(session: session, messages: messages)
    }
  }

  func sessions(
    ownedBy owner: String, skip: Int, limit: Int
  ) throws(StoreError) -> (sessions: [StoredSession], total: Int) {
    let parameters = [Parameter(owner), Parameter(max(0, skip)), Parameter(max(0, limit))]
    return try ask(ReadStatements.sessionsOfOwner, parameters) { (result) throws(DamagedRow) in
      var sessions: [StoredSession] = []
      for row in 0..<result.rows where result.text(row, 1) != nil {
        sessions.append(try result.session(row, 1))
      }
      return (sessions, result.integer(0, 0) ?? 0)
    }
  }

  func latestSessions(skip: Int, limit: Int) throws(StoreError) -> [StoredSession] {
    try rows(
      ReadStatements.sessionsOfAll, [Parameter(max(0, skip)), Parameter(max(0, limit))]
    ) { (result, row) throws(DamagedRow) in try result.session(row) }
  }

  func messages(
    of key: StoreKey, from place: Int, limit: Int, bytes: Int
  ) throws(StoreError) -> [StoredMessage] {
    try rows(
      ReadStatements.messages,
      [Parameter(key), Parameter(place), Parameter(max(0, limit)), Parameter(max(0, bytes))]
    ) { (result, row) throws(DamagedRow) in try result.message(row) }
  }

  func images(of key: StoreKey, _ digests: [ImageDigest]) throws(StoreError) -> [StoredImage] {
    let found = try rows(
      ReadStatements.images, [Parameter(key), Parameter(byteStrings: digests.map(\.bytes))]
    ) { (result, row) throws(DamagedRow) in try result.image(row) }
    // In the order in which they were asked for.
    let images = Dictionary(found.map { ($0.digest, $0) }) { first, _ in first }
    return digests.compactMap { images[$0] }
  }

  func generation(_ id: String) throws(StoreError) -> StoredGeneration? {
    try generations(ReadStatements.generation, [Parameter(id)]).first
  }

  func lastGeneration(of key: StoreKey) throws(StoreError) -> StoredGeneration? {
    try generations(ReadStatements.lastGeneration, [Parameter(key)]).first
  }

  func runningGenerations(limit: Int) throws(StoreError) -> [StoredGeneration] {
    try generations(ReadStatements.runningGenerations, [Parameter(max(0, limit))])
  }

  func idempotentRequest(_ key: String, of owner: String) throws(StoreError) -> IdempotentRequest? {
    let parameters = [Parameter(owner), Parameter(key), Parameter(.now)]
    return try rows(ReadStatements.request, parameters) { (result, row) throws(DamagedRow) in
      guard let generation = result.text(row, 0), let digest = result.bytes(row, 1),
        let expiry = result.time(row, 2)
      else { throw DamagedRow(what: "request") }
      return IdempotentRequest(
        key: key, owner: owner, generation: generation, digest: digest, expiresAt: expiry)
    }.first
  }

  func sessions(
    notUpdatedSince time: Timestamp, ofAddressesOnly: Bool, limit: Int
  ) throws(StoreError) -> [StoredSession] {
    try sessions(
      ofAddressesOnly ? ReadStatements.sessionsOfAddresses : ReadStatements.sessionsByUpdate,
      [Parameter(time), Parameter(max(0, limit))])
  }

  func sessions(after key: StoreKey?, limit: Int) throws(StoreError) -> [StoredSession] {
    try sessions(ReadStatements.sessionsByKey, [Parameter(key?.description ?? ""), Parameter(max(0, limit))])
  }

  func imageDigests(of key: StoreKey) throws(StoreError) -> [ImageDigest] {
    try rows(ReadStatements.imageDigests, [Parameter(key)]) { (result, row) throws(DamagedRow) in
      try result.digest(row)
    }
  }

  // MARK: Asking

  private func sessions(_ statement: Statement, _ parameters: [Parameter]) throws(StoreError)
    -> [StoredSession]
  {
    try rows(statement, parameters) { (result, row) throws(DamagedRow) in try result.session(row) }
  }

  func generations(
    _ statement: Statement, _ parameters: [Parameter]
  ) throws(StoreError) -> [StoredGeneration] {
    try rows(statement, parameters) { (result, row) throws(DamagedRow) in try result.generation(row) }
  }

  func rows<Row>(
    _ statement: Statement, _ parameters: [Parameter], _ read: (QueryResult, Int) throws(DamagedRow) -> Row
  ) throws(StoreError) -> [Row] {
    try ask(statement, parameters) { (result) throws(DamagedRow) in
      var rows: [Row] = []
      rows.reserveCapacity(result.rows)
      for row in 0..<result.rows { rows.append(try read(result, row)) }
      return rows
    }
  }

  func ask<Value>(
    _ statement: Statement, _ parameters: [Parameter], _ read: (QueryResult) throws(DamagedRow) -> Value
  ) throws(StoreError) -> Value {
    try ask([.prepared(statement, parameters)]) { (results) throws(DamagedRow) in try read(results[0]) }
  }

  /// - Parameter read: is given as many results as there are commands.
  func ask<Value>(
    _ commands: [Command], _ read: ([QueryResult]) throws(DamagedRow) -> Value
  ) throws(StoreError) -> Value {
    let results: [QueryResult]
    do throws(ServerError) {
      results = try answer(commands)
    } catch { throw server.failure(error) }
    do throws(DamagedRow) {
      return try read(results)
    } catch {
      throw StoreError(
        .corrupt, "the store at \(server.location) is damaged: a \(error.what) that none can be")
    }
  }

  /// - Throws: where the server does not answer, not even on a new connection: one that was kept may have been lost long ago.
  private func answer(_ commands: [Command]) throws(ServerError) -> [QueryResult] {
    if let kept = connection, !kept.isLarge, !kept.isClosed() {
      do throws(ServerError) {
        return try answer(commands, on: kept)
      } catch {
        guard kept.isLost || error.cause == .away else { throw error }
      }
    }
    connection = nil
    let new = try server.connect(preparing: ReadStatements.all)
    connection = new
    return try answer(commands, on: new)
  }

  private func answer(
    _ commands: [Command], on connection: Connection
  ) throws(ServerError) -> [QueryResult] {
    let results = try connection.run(commands)
    guard results.count == commands.count else { throw .lost("the server has sent no result") }
    return results
  }
}
