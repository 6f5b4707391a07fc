internal import Sessions
internal import System

extension StoredGeneration {
  private static let running = 0

  /// The row at which a statement stands, with the columns of `Query.generation`.
  init(_ row: SQLiteStatement) throws(SQLiteFailure) {
    self.init(
      id: row.text(0), session: StoreKey(stored: row.text(1)), author: row.text(2), model: row.text(3),
      messagePlace: row.int(4), messageNumber: row.int(5),
      startedAt: Timestamp(millisecondsSince1970: row.integer(6)), end: try Self.end(row))
  }

  private static func end(_ row: SQLiteStatement) throws(SQLiteFailure) -> StoredGenerationEnd? {
    let number = row.int(7)
    if number == running { return nil }
    guard let state = StoredGenerationEnd.State(rawValue: number) else {
      throw SQLiteFailure(damaged: "a generation has an unknown state")
    }
    return StoredGenerationEnd(
      state, endedAt: Timestamp(millisecondsSince1970: row.integer(8)), lastNumber: row.int(9),
      doneReason: row.optionalText(10), failureCode: row.optionalText(11),
      failureMessage: row.optionalText(12),
      answerPlace: row.optionalInt(13))
  }

  /// The parameters of `Query.putGeneration`.
  func values(epoch: Int) -> [SQLiteValue] {
    [
      .text(id), .text(session.description), .text(author), .text(model), .integer(messagePlace),
      .integer(messageNumber), .integer(epoch), .integer(startedAt.millisecondsSince1970),
    ] + (end?.values ?? [.integer(Self.running), .null, .null, .null, .null, .null, .null])
  }
}

extension StoredGenerationEnd {
  /// The parameters of `Query.endGeneration` behind the id.
  var values: [SQLiteValue] {
    [
      .integer(state.rawValue), .integer(endedAt.millisecondsSince1970), .integer(lastNumber),
      .optional(doneReason),
      .optional(failureCode), .optional(failureMessage), .optional(answerPlace),
    ]
  }
}
