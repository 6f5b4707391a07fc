internal import Sessions
internal import System

extension StoredUsageEntry {
  /// Columns before the numbers.
  private static let namedColumns: Int32 = 12

  /// The row at which a statement stands, with the columns of `Query.usageEntries`.
  init(_ row: SQLiteStatement) {
    self.init(
      Place(time: Timestamp(millisecondsSince1970: row.integer(0)), run: row.int(1), number: row.int(2)),
      StoredUsage.Account(
        hour: 0, key: row.text(3), team: row.text(4), user: row.text(5), model: row.text(6)),
      numbers: Self.figures.indices.map { row.int(Self.namedColumns + Int32($0)) }, server: row.text(7),
      digest: row.text(8), dialect: row.text(9), status: row.int(11), requestID: row.text(10))
  }

  /// The parameters of `Query.addUsageEntry`.
  var values: [SQLiteValue] {
    let account = usage.account
    let names = [
      account.key, account.team, account.user, account.model, server, digest, dialect, requestID,
    ]
    return place.values + names.map { .text($0) } + ([status] + numbers).map { .integer($0) }
  }
}

extension StoredUsageEntry.Place {
  var values: [SQLiteValue] {
    [.integer(time.millisecondsSince1970), .integer(run), .integer(number)]
  }
}
