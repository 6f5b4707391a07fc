internal import Sessions
internal import System

extension StoredKey {
  /// The row at which a statement stands, with the columns of `Query.keys`.
  init(_ row: SQLiteStatement) {
    self.init(
      id: row.text(0), name: row.text(1), digest: row.bytes(2), revision: row.int(3), document: row.bytes(4))
  }

  /// The parameters of `Query.addKey` and `Query.changeKey`.
  var values: [SQLiteValue] {
    [.text(id), .text(name), .bytes(digest), .integer(revision), .bytes(document)]
  }
}

extension StoredTeam {
  /// The row at which a statement stands, with the columns of `Query.teams`.
  init(_ row: SQLiteStatement) {
    self.init(name: row.text(0), revision: row.int(1), document: row.bytes(2))
  }

  /// The parameters of `Query.addTeam` and `Query.changeTeam`.
  var values: [SQLiteValue] { [.text(name), .integer(revision), .bytes(document)] }
}

extension StoredUser {
  /// The row at which a statement stands, with the columns of `Query.users`.
  init(_ row: SQLiteStatement) {
    self.init(
      id: row.int(0), name: row.text(1), email: row.optionalText(2), revision: row.int(3),
      document: row.bytes(4))
  }

  /// The parameters of `Query.addUser` and `Query.changeUser`.
  var values: [SQLiteValue] {
    [.integer(id), .text(name), .optional(email), .integer(revision), .bytes(document)]
  }
}

extension StoredSignIn {
  /// The row at which a statement stands, with the columns of `Query.signIns`.
  init(_ row: SQLiteStatement) {
    self.init(
      id: row.text(0), user: row.int(1), expiresAt: Timestamp(millisecondsSince1970: row.integer(2)),
      document: row.bytes(3))
  }

  /// The parameters of `Query.putSignIn`.
  var values: [SQLiteValue] {
    [.text(id), .integer(user), .integer(expiresAt.millisecondsSince1970), .bytes(document)]
  }
}

extension StoredUsage {
  /// Columns before the sums.
  private static let accountColumns: Int32 = 5

  /// The row at which a statement stands, with the columns of `Query.usage`.
  init(_ row: SQLiteStatement) {
    let account = Account(
      hour: row.int(0), key: row.text(1), team: row.text(2), user: row.text(3), model: row.text(4))
    self.init(
      account,
      sums: Figure.allCases.indices.map { row.int(Self.accountColumns + Int32($0)) })
  }

  /// The parameters of `Query.addUsage`.
  var values: [SQLiteValue] {
    account.values + sums.map { .integer(Self.addend($0)) }
  }
}

extension StoredUsage.Account {
  var values: [SQLiteValue] { [.integer(hour), .text(key), .text(team), .text(user), .text(model)] }
}

extension StoredCounter {
  /// The row at which a statement stands, with the columns of `Query.counters`.
  init(_ row: SQLiteStatement) {
    self.init(
      subject: row.text(0), counter: row.text(1), window: Timestamp(millisecondsSince1970: row.integer(2)),
      amount: row.int(3))
  }

  /// The parameters of `Query.addToCounter`.
  var values: [SQLiteValue] {
    [
      .text(subject), .text(counter), .integer(window.millisecondsSince1970),
      .integer(StoredUsage.addend(amount)),
    ]
  }
}
