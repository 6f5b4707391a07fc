internal import Sessions

/// What a writer knows of its database's file, to notice that another program writes to it. The library does not: it takes what it has
/// in its cache and in its log for the file's.
///
/// The file changes when the log is copied into it: by this process, which says so, or by another that has it open as a database,
/// after a commit of its own or an emptying of the log, which the library counts. What else changes it has overwritten it.
struct FileWatch {
  private let mark: StoreMark
  /// Of the file that was found last.
  private var (bytes, modifiedAt): (Int, [Int])
  private var sample: Int
  /// The library's count of what others did.
  private var version: Int
  private var copies: Int
  /// The log that is written to: another one by its name is not read after a restart.
  private var log: FileStatus.Identity?

  init(_ file: StoreFile, _ connection: SQLiteConnection) throws(StoreError) {
    do throws(SQLiteFailure) {
      mark = try StoreMark(connection)
      version = try connection.number(.dataVersion) ?? 0
    } catch {
      throw error.storeError(at: file.path)
    }
    let mark = mark
    (bytes, modifiedAt, sample, copies) = try file.betweenCopies { (copies) throws(StoreError) in
      let status = try file.status()
      let sample = mark.sample(of: connection, bytes: status.bytes)
      return (status.bytes, status.modifiedAt, sample, copies.running > 0 ? -1 : copies.ended)
    }
  }

  /// Looks whether the file is as the library left it: a system call, and some more after each copy of the log.
  ///
  /// - Parameter connection: the writer's.
  mutating func check(_ file: StoreFile, _ connection: SQLiteConnection) throws(StoreError) {
    try checkLog(file)
    try file.betweenCopies { (copies) throws(StoreError) in
      let status = try file.status()
      if copies.running > 0 {
        self.copies = -1
        guard mark.isFound(by: connection) else { throw file.overwritten("was overwritten") }
        return
      }
      let isCopied = copies.ended != self.copies
      if !isCopied, status.bytes == bytes, status.modifiedAt == modifiedAt { return }
      guard mark.isFound(by: connection), status.bytes >= bytes else {
        throw file.overwritten("was overwritten")
      }
      let version: Int
      do throws(SQLiteFailure) {
        version = try connection.number(.dataVersion) ?? 0
      } catch {
        throw error.storeError(at: file.path)
      }
      let sample = mark.sample(of: connection, bytes: status.bytes)
      // Its time alone may be another.
      guard isCopied || sample == self.sample || version != self.version else {
        throw file.overwritten("was overwritten")
      }
      (bytes, modifiedAt) = (status.bytes, status.modifiedAt)
      (self.sample, self.version, self.copies) = (sample, version, copies.ended)
    }
  }

  private mutating func checkLog(_ file: StoreFile) throws(StoreError) {
    let found = ((try? FileStatus("\(file.path)-wal")) ?? nil)?.identity
    if log == nil { log = found }
    guard found == log else {
      throw StoreError(
        .away,
        """
        the store \(file.path): its log \(file.path)-wal was moved away or replaced while it was open: put it back, or restart the \
        gateway
        """)
    }
  }
}
