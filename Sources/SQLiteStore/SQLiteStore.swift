package import Sessions
internal import System

/// Sessions in a file of SQLite.
///
/// Any thread. Its writer and its readers have a connection each, and belong to a queue each.
package final class SQLiteStore: CopyableStore {
  /// What a store is opened for.
  package enum Mode: Sendable {
    /// To have it as long as the gateway runs: no other process may. Makes it where there is none.
    case service
    /// To read and change it, whether a gateway runs or not.
    case beside
    /// To have it alone for a moment.
    case exclusive
  }

  /// What a commit that has come back survives.
  package enum Durability: Sendable {
    /// The end of the process, and a loss of power.
    case full
    /// The end of the process. A loss of power may take the last seconds.
    case relaxed
  }

  package let kind = StoreKind.sqlite
  package var location: String { file.path }

  let file: StoreFile
  let path: StorePath
  let mode: Mode
  let durability: Durability
  /// What is worth a warning in the log.
  package let warnings: [String]
  private let maximumBytes: Int?
  private let state: Lock<State>

  /// What is there until the store is closed.
  struct State: Sendable {
    var lock: StoreLock?
    /// Beside a service, which makes them, it only keeps a connection open: who closes the last one, and may only read, would leave
    /// an empty log behind.
    var checkpointer: Checkpointer?
    let identity: FileStatus.Identity
    var isClosed = false
  }

  init(
    _ path: StorePath, _ file: StoreFile, mode: Mode, durability: Durability, maximumBytes: Int?,
    warnings: [String], _ state: State
  ) {
    self.warnings = warnings
    self.path = path
    self.file = file
    self.mode = mode
    self.durability = durability
    self.maximumBytes = maximumBytes
    self.state = Lock(state)
  }

  deinit { close() }

  package func makeWriter() throws(StoreError) -> sending any SessionStoreWriter {
    let checkpointer = mode == .beside ? nil : state.withLock { $0.checkpointer }
    return try SQLiteWriter(
      file, durability: durability, maximumBytes: maximumBytes, checkpointer: checkpointer,
      isBeside: mode == .beside)
  }

  package func makeReader() throws(StoreError) -> sending any SessionStoreReader {
    try file.checkIsThere()
    return try SQLiteReader(file.path, durability: durability)
  }

  package func makeFullReader() throws(StoreError) -> sending any FullStoreReader {
    try file.checkIsThere()
    return try SQLiteReader(file.path, durability: durability)
  }

  /// Copies the log to the database and empties it, as the store does when it is at rest.
  package func emptyLog() { state.withLock { $0.checkpointer }?.emptyNow() }

  @discardableResult
  package func noteClosed() throws(StoreError) -> Bool {
    if let lock = state.withLock({ $0.lock }) { return try lock.noteClosed(in: path) }
    guard StoreLock.text(of: path)?.isClosed != true else { return false }
    let id = try StoreError.telling(file.path) { () throws(SQLiteFailure) in
      try SQLiteConnection(file.path, for: .reading, durability: durability).texts("SELECT id FROM store")
        .first
    }
    return try StoreLock.noteClosed(beside: path, store: id)
  }

  package func confirmClosedNote() throws(StoreError) { try StoreLock.confirmClosedNote(of: path) }

  package func takeBackClosedNote() throws(StoreError) {
    try StoreLock.takeBackClosedNote(of: path) { () throws(SystemCallError) in
      let isClosed = try? SQLiteStore.isClosed(
        try SQLiteConnection(file.path, for: .reading, durability: durability))
      // What cannot be read may have it closed.
      return isClosed != false
    }
  }

  package func close() {
    let (checkpointer, lock) = state.withLock { state in
      defer { (state.checkpointer, state.lock) = (nil, nil) }
      if !state.isClosed { OpenFiles.remove(state.identity) }
      state.isClosed = true
      return (state.checkpointer, state.lock)
    }
    checkpointer?.close()
    // Last: whoever waits for it finds the store closed.
    withExtendedLifetime(lock) {}
  }
}
