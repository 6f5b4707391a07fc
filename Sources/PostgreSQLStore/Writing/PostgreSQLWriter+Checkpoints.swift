internal import Sessions

// What a subcommand deletes goes from the checkpoints as well. The service that writes them drops them within a minute; where none
// runs, nobody does.
extension PostgreSQLWriter {
  private static let running = "SELECT id FROM generations WHERE session_key = $1 AND state = 0"
  private static let checkpoints = "SELECT epoch, n, texts FROM checkpoints ORDER BY epoch, n"
  private static let change = "UPDATE checkpoints SET texts = $3 WHERE epoch = $1 AND n = $2"

  /// Whether one of the members takes something out of the checkpoints.
  static func deletes(_ group: [StoreWrite]) -> Bool {
    group.contains { $0.changes.contains { if case .deleteSession = $0 { true } else { false } } }
  }

  /// What takes a session's texts out of them; in a transaction.
  static func forgetting(_ key: StoreKey, on connection: Connection) throws(ServerError) -> [Command] {
    let running = try connection.run([.text(PostgreSQLWriter.running, [Parameter(key)])])
    let generations =
      running.first.map { result in (0..<result.rows).compactMap { result.text($0, 0) } } ?? []
    guard !generations.isEmpty, let found = try connection.run([.text(checkpoints, [])]).first else {
      return []
    }
    var commands: [Command] = []
    for row in 0..<found.rows {
      do throws(DamagedCheckpoint) {
        let texts = try StoredCheckpoint.texts(found.bytes(row, 2) ?? [], without: generations)
        guard let texts else { continue }
        let place = [Parameter(found.integer(row, 0)), Parameter(found.integer(row, 1))]
        commands.append(.text(change, place + [Parameter(bytes: texts)]))
      } catch { throw ServerError("XX001", "a checkpoint is none") }
    }
    return commands
  }
}
