internal import Sessions

extension PostgreSQLReader {
  /// Two statements, of which the second may see more than the first: what the checkpoints had that the first has found, and that has
  /// gone into rows since, is there twice, and counts once.
  func parts(of generations: [String]) throws(StoreError) -> [[StoredPart]] {
    let ids = Parameter(texts: generations)
    return try ask([
      .prepared(ReadStatements.checkpoints, [ids]), .prepared(ReadStatements.parts, [ids]),
    ]) { (results) throws(DamagedRow) in
      var parts = GenerationParts(of: generations)
      for (id, found) in try PostgreSQLReader.rows(results[1]) {
        parts.take(found.rows.sorted { $0.index < $1.index }, of: id, isRunning: found.isRunning)
      }
      for row in 0..<results[0].rows {
        guard let texts = results[0].bytes(row, 0) else { throw DamagedRow(what: "checkpoint") }
        do throws(DamagedCheckpoint) {
          try parts.take(checkpoint: texts)
        } catch { throw DamagedRow(what: "checkpoint") }
      }
      return parts.parts
    }
  }

  private static func rows(
    _ result: QueryResult
  ) throws(DamagedRow) -> [String: (isRunning: Bool, rows: [StoredPart])] {
    var found: [String: (isRunning: Bool, rows: [StoredPart])] = [:]
    for row in 0..<result.rows {
      guard let id = result.text(row, 0), let state = result.integer(row, 1) else {
        throw DamagedRow(what: "generation")
      }
      found[id, default: (state == 0, [])].rows += try part(result, row, of: id).map { [$0] } ?? []
    }
    return found
  }

  /// - Returns: nil for a generation without any.
  private static func part(
    _ result: QueryResult, _ row: Int, of id: String
  ) throws(DamagedRow) -> StoredPart? {
    guard let index = result.integer(row, 2) else { return nil }
    guard let text = result.bytes(row, 3), let lengths = result.bytes(row, 4) else {
      throw DamagedRow(what: "part")
    }
    return StoredPart(generation: id, index: index, text: text, lengths: lengths)
  }
}
