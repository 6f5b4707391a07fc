internal import Sessions
internal import System

extension StoredSession {
  /// The row at which a statement stands, with the columns of `Query.session`.
  init(_ row: SQLiteStatement) {
    self.init(
      key: StoreKey(stored: row.text(0)), owner: row.text(1), title: row.text(2),
      titleNumber: row.optionalInt(3),
      createdAt: Timestamp(millisecondsSince1970: row.integer(4)),
      updatedAt: Timestamp(millisecondsSince1970: row.integer(5)), messageCount: row.int(6),
      lastNumber: row.int(7),
      lastAuthor: row.optionalText(8))
  }

  /// The parameters of `Query.putSession` and `Query.updateSession`.
  func values(epoch: Int) -> [SQLiteValue] {
    [
      .text(key.description), .text(owner), .text(title), .optional(titleNumber),
      .integer(createdAt.millisecondsSince1970), .integer(updatedAt.millisecondsSince1970),
      .integer(messageCount),
      .integer(lastNumber), .optional(lastAuthor), .integer(epoch),
    ]
  }
}
