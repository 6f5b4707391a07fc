/// Whether others have changed a database since it was looked at last.
///
/// The library's count goes up with every commit of another connection, and with every emptying of the log by one, our own
/// checkpoints among them. Where there was such a one, the count that writers beside the service keep decides.
struct ChangesByOthers {
  private var version = 0
  private var edits = 0
  private var emptyings = 0

  mutating func begin(_ connection: SQLiteConnection, _ checkpointer: Checkpointer?) throws(SQLiteFailure) {
    _ = try look(connection, checkpointer)
  }

  mutating func look(
    _ connection: SQLiteConnection, _ checkpointer: Checkpointer?
  ) throws(SQLiteFailure) -> Bool {
    // First this: a log that is emptied from here on counts as not emptied by us, and is looked into.
    let emptyings = checkpointer?.emptyings ?? 0
    let version = try connection.number(.dataVersion) ?? 0
    guard version != self.version else { return false }
    let edits = try connection.number(.edits) ?? 0
    let isByOthers = emptyings == self.emptyings || edits != self.edits
    (self.version, self.edits, self.emptyings) = (version, edits, emptyings)
    // What they have deleted is to be gone in time, too.
    if isByOthers { checkpointer?.noteCommit(logPages: 0) }
    return isByOthers
  }
}
