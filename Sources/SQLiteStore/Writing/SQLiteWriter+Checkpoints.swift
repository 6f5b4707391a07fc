internal import Sessions

extension SQLiteWriter {
  func applyToCheckpoints(_ change: StoreChange) throws(SQLiteFailure) {
    switch change {
    case .putCheckpoint(let checkpoint):
      try connection.run(
        .putCheckpoint, [.integer(epoch), .integer(checkpoint.number), .bytes(checkpoint.texts)])
    case .dropCheckpoints(let number):
      try connection.run(.dropCheckpoints, [.integer(epoch), .integer(number)])
    case .dropEarlierCheckpoints: try connection.run(.dropEarlierCheckpoints, [.integer(epoch)])
    default: break
    }
  }

  /// Takes a session's texts out of the checkpoints. The service that writes them drops them within a minute; where none runs,
  /// nobody does.
  func forgetInCheckpoints(_ key: StoreKey) throws(SQLiteFailure) {
    let generations = try texts(.runningGenerationsOfSession, [.text(key.description)])
    if generations.isEmpty { return }
    for (epoch, number, texts) in try checkpoints() {
      let kept: [UInt8]?
      do throws(DamagedCheckpoint) {
        kept = try StoredCheckpoint.texts(texts, without: generations)
      } catch { throw SQLiteFailure(damaged: "a checkpoint is none") }
      guard let kept else { continue }
      try connection.run(.putCheckpoint, [.integer(epoch), .integer(number), .bytes(kept)])
    }
  }

  private func texts(_ query: Query, _ values: [SQLiteValue]) throws(SQLiteFailure) -> [String] {
    let rows = try connection.begin(query, values)
    defer { rows.reset() }
    var texts: [String] = []
    while try rows.step() { texts.append(rows.text(0)) }
    return texts
  }

  private func checkpoints() throws(SQLiteFailure) -> [(epoch: Int, number: Int, texts: [UInt8])] {
    let rows = try connection.begin(.checkpoints)
    defer { rows.reset() }
    var checkpoints: [(Int, Int, [UInt8])] = []
    while try rows.step() { checkpoints.append((rows.int(0), rows.int(1), rows.bytes(2))) }
    return checkpoints
  }
}
