internal import Sessions
internal import System

/// The file of a store that is open: whether its name still stands for it, and when its log is copied into it.
///
/// Any thread.
final class StoreFile: Sendable {
  /// Of the log into the file, by this process.
  struct Copies {
    var running = 0
    var ended = 0
  }

  let path: String
  private let identity: FileStatus.Identity
  private let copies = Lock(Copies())

  init(_ path: String, _ identity: FileStatus.Identity) {
    self.path = path
    self.identity = identity
  }

  /// Looks whether the name still stands for it. What is written to a file that was deleted goes with the process.
  func checkIsThere() throws(StoreError) { _ = try status() }

  /// The same, for who wants to know more of it.
  func status() throws(StoreError) -> FileStatus {
    guard let status = (try? FileStatus(path)) ?? nil, status.identity == identity else {
      throw StoreError(
        .away,
        "the store \(path) was moved away or replaced while it was open: put it back, or restart the gateway")
    }
    guard status.bytes > 0 else { throw overwritten("was emptied") }
    return status
  }

  func overwritten(_ what: String) -> StoreError {
    StoreError(
      .corrupt,
      """
      the store \(path) \(what) by another program while it was open: nothing more is written to it. Stop the gateway, put back \
      a backup (ollama-gateway restore FILE) or the file as it was, and start it again
      """)
  }

  /// Runs what looks at the file while no copy begins or ends.
  func betweenCopies<Result, Failure: Error>(
    _ body: (Copies) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try copies.withLock { (copies: inout sending Copies) throws(Failure) in try body(copies) }
  }

  /// Copies the log into the file, unless that is not the store's any more: the log is all that is left of it then.
  ///
  /// - Returns: nil where it was not done.
  func copying<Result>(
    by connection: SQLiteConnection, _ mark: StoreMark, _ body: () throws(SQLiteFailure) -> Result
  ) throws(SQLiteFailure) -> Result? {
    let isOurs = copies.withLock { copies in
      guard (try? status()) != nil, mark.isFound(by: connection) else { return false }
      copies.running += 1
      return true
    }
    guard isOurs else { return nil }
    defer {
      copies.withLock {
        $0.running -= 1
        $0.ended += 1
      }
    }
    return try body()
  }
}
