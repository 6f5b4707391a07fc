internal import Sessions
internal import System

/// Writes to a store. Belongs to one queue.
final class SQLiteWriter: SessionStoreWriter {
  let connection: SQLiteConnection
  private let file: StoreFile
  private let checkpointer: Checkpointer?
  /// Whether a service may run beside it, which is told of what this one changes.
  let isBeside: Bool
  /// Raised by each writer: what it writes of sessions and generations has it.
  let epoch: Int
  private var countedBytes = 0
  /// Whether there was no room for the last group.
  private var wasFull = false
  /// Whether something was committed since they were counted.
  private var hasCommitted = true
  private let pageSize: Int
  private var watch: FileWatch
  private var changes = ChangesByOthers()

  /// - Parameters:
  ///   - pages: how many the database may have; nil for as many as it can.
  ///   - checkpointer: nil where another process makes them.
  init(
    _ file: StoreFile, durability: SQLiteStore.Durability, maximumBytes: Int?, checkpointer: Checkpointer?,
    isBeside: Bool
  ) throws(StoreError) {
    self.file = file
    self.checkpointer = checkpointer
    self.isBeside = isBeside
    do throws(SQLiteFailure) {
      connection = try SQLiteConnection(file.path, for: .writing, durability: durability)
      pageSize = max(512, try connection.number("PRAGMA page_size"))
      if let maximumBytes {
        // A statement: the value is read by the connection that has it.
        _ = try connection.number("PRAGMA max_page_count = \(max(1, maximumBytes / pageSize))")
      }
      epoch = try connection.number("UPDATE store SET epoch = epoch + 1 WHERE place = 1 RETURNING epoch")
      try changes.begin(connection, checkpointer)
    } catch {
      throw error.storeError(at: file.path)
    }
    watch = try FileWatch(file, connection)
    // That is for who looks whether the file still is what it belongs to.
    if checkpointer != nil { connection.leaveLog() }
  }

  func commit(_ group: [StoreWrite]) throws(StoreError) -> [StoreWriteError?] {
    // What goes to a file that was deleted is on no disk any more when the process ends, and the log of one that was overwritten is
    // of no use.
    try watch.check(file, connection)
    if wasFull {
      try DiskRoom.check(file.path)
      wasFull = false
    }
    do throws(SQLiteFailure) {
      guard !group.isEmpty else { return try tryOut() }
      let errors = if let all = try commitTogether(group) { all } else { try commitOneByOne(group) }
      checkpointer?.noteCommit(logPages: connection.logPages)
      return errors
    } catch {
      connection.rollBack()
      wasFull = error.kind == .full
      throw error.storeError(at: file.path)
    }
  }

  /// Writes something that changes nothing: a disk without room lets begin what it does not let end.
  private func tryOut() throws(SQLiteFailure) -> [StoreWriteError?] {
    try connection.run(.beginWriting)
    try connection.run("UPDATE store SET epoch = epoch WHERE place = 1")
    try endTransaction()
    return []
  }

  /// - Returns: nil where a member cannot be written: then nothing is.
  private func commitTogether(_ group: [StoreWrite]) throws(SQLiteFailure) -> [StoreWriteError?]? {
    try connection.run(.beginWriting)
    for write in group {
      if try apply(write) != nil {
        connection.rollBack()
        return nil
      }
    }
    try endTransaction()
    return Array(repeating: nil, count: group.count)
  }

  private func commitOneByOne(_ group: [StoreWrite]) throws(SQLiteFailure) -> [StoreWriteError?] {
    try connection.run(.beginWriting)
    var errors: [StoreWriteError?] = []
    for write in group {
      try connection.run(.beginMember)
      let error = try apply(write)
      if error != nil { try connection.run(.rollBackMember) }
      try connection.run(.endMember)
      errors.append(error)
    }
    try endTransaction()
    return errors
  }

  /// - Returns: why the write cannot be made; what it has changed by then is to be rolled back.
  private func apply(_ write: StoreWrite) throws(SQLiteFailure) -> StoreWriteError? {
    for change in write.changes {
      do throws(SQLiteFailure) {
        if let error = try apply(change) { return error }
      } catch {
        // The library ends the transaction where it cannot keep it: then the others are gone as well.
        guard let writeError = error.writeError, connection.isInTransaction else { throw error }
        return writeError
      }
    }
    return nil
  }

  private func endTransaction() throws(SQLiteFailure) {
    if isBeside { try connection.run(.countEdit) }
    try connection.run(.commit)
    hasCommitted = true
  }

  /// Counted when they are asked for: the library prepares the statements anew each time, which costs more than some of those of a
  /// turn.
  var usedBytes: Int {
    if hasCommitted, let bytes = try? countUsedBytes() { (countedBytes, hasCommitted) = (bytes, false) }
    return countedBytes
  }

  private func countUsedBytes() throws(SQLiteFailure) -> Int {
    let pages = try connection.number(.pageCount) ?? 0
    let free = try connection.number(.freePageCount) ?? 0
    return max(0, pages - free).multipliedReportingOverflow(by: pageSize).partialValue
  }

  func secret(_ name: String, orElse new: [UInt8]) throws(StoreError) -> [UInt8] {
    try watch.check(file, connection)
    do throws(SQLiteFailure) {
      try connection.run(.putSecret, [.text(name), .bytes(new)])
      let row = try connection.begin(.secret, [.text(name)])
      defer { row.reset() }
      return try row.step() ? row.bytes(0) : new
    } catch {
      throw error.storeError(at: file.path)
    }
  }

  func wasChangedByOthers() throws(StoreError) -> Bool {
    try watch.check(file, connection)
    do throws(SQLiteFailure) {
      return try changes.look(connection, checkpointer)
    } catch {
      throw error.storeError(at: file.path)
    }
  }
}
