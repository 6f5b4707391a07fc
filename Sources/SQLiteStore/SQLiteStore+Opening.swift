internal import Glibc
package import Sessions
internal import System

extension SQLiteStore {
  /// Room that those turns have to end in which were taken before `store_max` was reached.
  private static let reserve = 256 << 20

  /// Opens a store, and makes it or brings it up to date where the mode allows that.
  ///
  /// - Parameters:
  ///   - path: of the database's file, in a folder of this machine.
  ///   - maximumBytes: `store_max`; the file may have 256 MiB more, for turns that were taken before. Nil is no bound.
  ///   - makesFolder: whether the file's folder, but none above it, is made where it is not there.
  ///   - advice: what people can do where another process has it; nil for what a gateway's can.
  ///   - isBrief: whether it is closed in a moment: who wants to have it waits for that. One that is `exclusive` always is.
  package static func open(
    path: String, mode: Mode = .service, durability: Durability = .full, maximumBytes: Int? = nil,
    makesFolder: Bool = false, advice: String? = nil, isBrief: Bool = false
  ) throws(StoreError) -> SQLiteStore {
    try open(
      path: path, mode: mode, durability: durability, maximumBytes: maximumBytes, makesFolder: makesFolder,
      advice: advice, isBrief: isBrief, mayBeOlder: false)
  }

  /// - Parameter mayBeOlder: whether one is opened beside a service, too, that the next start brings up to date.
  static func open(
    path: String, mode: Mode, durability: Durability = .full, maximumBytes: Int? = nil,
    makesFolder: Bool = false, advice: String? = nil, isBrief: Bool = false,
    mayBeOlder: Bool
  ) throws(StoreError) -> SQLiteStore {
    let path = try StorePath(path, makesFolder: makesFolder)
    try path.checkFolder()
    let advice =
      advice
      ?? "one process has a store. Stop that one, or start this one with --store memory or --store sqlite:OTHER"
    let lock =
      mode == .beside ? nil : try StoreLock(path, advice: advice, isBrief: isBrief || mode == .exclusive)
    let found = try path.status()
    if let found { try path.check(found) }
    if found == nil || found?.bytes == 0 {
      try checkMayMake(path, mode, lock?.text, isEmpty: found != nil)
      try make(path, like: found)
    }
    guard let status = try path.status() else {
      throw StoreError(.away, "the store \(path.path) has vanished while it was opened")
    }
    try OpenFiles.add(status.identity) { () throws(StoreError) in try DatabaseHeader.check(path.path) }
    do throws(StoreError) {
      try lock?.takeDatabase(of: path, advice: advice)
      let bytes = maximumBytes.map { $0.addingReportingOverflow(reserve) }
        .map { $0.overflow ? Int.max : $0.partialValue }
      let file = StoreFile(path.path, status.identity)
      let (checkpointer, warnings) = try prepare(path, file, mode, durability, lock, mayBeOlder: mayBeOlder)
      return SQLiteStore(
        path, file, mode: mode, durability: durability, maximumBytes: bytes, warnings: warnings,
        State(lock: lock, checkpointer: checkpointer, identity: status.identity))
    } catch {
      OpenFiles.remove(status.identity)
      throw error
    }
  }

  /// The path of a store without links, as ``location`` has it.
  package static func location(of path: String) throws(StoreError) -> String {
    try StorePath(path, makesFolder: false).path
  }

  /// Whether a gateway has a store now.
  ///
  /// - Parameter path: of the database's file.
  package static func isInUse(path: String) throws(StoreError) -> Bool {
    StoreLock.isHeld(try StorePath(path, makesFolder: false))
  }

  /// - Parameter text: what the lock's file says of a store that was made there; nil where it cannot be read.
  static func checkMayMake(
    _ path: StorePath, _ mode: Mode, _ text: StoreLockText?, isEmpty: Bool
  ) throws(StoreError) {
    let found = isEmpty ? "is empty" : "is not there"
    guard mode == .service else {
      throw StoreError(.unusable, "the store \(path.path) \(found): ollama-gateway serve makes it")
    }
    guard let text, text.store == nil else {
      let words =
        text == nil ? "is emptied or damaged, and may have said" : "says"
      throw StoreError(
        .corrupt,
        """
        the store \(path.path) \(found), but \(path.lock) \(words) that one was made there: put back a backup \
        (ollama-gateway restore FILE), or delete \(path.lock) to begin with an empty one
        """)
    }
    // The library would take it for the new file's.
    for companion in path.companions {
      guard let status = try? FileStatus(companion), status.bytes > 0 else { continue }
      throw StoreError(
        .corrupt,
        "the store \(path.path) \(found), but \(companion) has something: it belongs to a database that was here. Move it away"
      )
    }
  }

  /// Makes an empty store under another name, and then renames it: it is there as a whole or not at all.
  ///
  /// - Parameter found: an empty file that is there: its owner and mode are kept.
  private static func make(_ path: StorePath, like found: FileStatus?) throws(StoreError) {
    let words = "the store \(path.path) cannot be made"
    let part = try StoreError.telling(failing: words) { () throws(SystemCallError) in
      try PartialFile(replacing: path, found)
    }
    try StoreError.telling(path.path) { () throws(SQLiteFailure) in
      try Schema.migrate(try SQLiteConnection(part.path, for: .checkpoints, durability: .full))
    }
    try StoreError.telling(failing: words) { () throws(SystemCallError) in
      try part.sync()
      try part.finish()
    }
  }

  /// Looks whether the library finds in the file what its header has said, and brings it up to date.
  ///
  /// - Returns: what makes checkpoints, and what is worth a warning.
  private static func prepare(
    _ path: StorePath, _ file: StoreFile, _ mode: Mode, _ durability: Durability, _ lock: StoreLock?,
    mayBeOlder: Bool
  ) throws(StoreError) -> (Checkpointer, warnings: [String]) {
    let (connection, header) = try StoreError.telling(path.path) { () throws(SQLiteFailure) in
      let connection = try SQLiteConnection(path.path, for: .checkpoints, durability: durability)
      // What the log has counts more than the file's first bytes.
      return (connection, try DatabaseHeader(connection))
    }
    try header.check(path.path)
    if header.userVersion < Schema.version, mode == .beside, !mayBeOlder {
      throw StoreError(
        .unusable,
        "the store \(path.path) was made by an older ollama-gateway: it is brought up to date when the gateway starts"
      )
    }
    guard mode != .beside else { return (try checkpointer(connection, file, emptiesAtEnd: false), []) }
    let (journal, store) = try StoreError.telling(path.path) { () throws(SQLiteFailure) in
      try Schema.migrate(connection)
      return (
        try connection.texts("PRAGMA journal_mode = WAL").first,
        try connection.texts("SELECT id FROM store").first
      )
    }
    guard journal == "wal" else {
      throw StoreError(
        .unusable, "the store \(path.path): its file system has no shared memory, which SQLite needs")
    }
    var warnings: [String] = []
    if let lock {
      if lock.text == nil { try checkMayStayOpen(connection, path) }
      lock.note(store: store)
      if try close(connection, path, by: lock) { warnings.append(closingWords(path)) }
    }
    return (try checkpointer(connection, file), warnings)
  }

  private static func checkpointer(
    _ connection: sending SQLiteConnection, _ file: StoreFile, emptiesAtEnd: Bool = true
  ) throws(StoreError) -> Checkpointer {
    do throws(SQLiteFailure) {
      return try Checkpointer(connection, to: file, emptiesAtEnd: emptiesAtEnd)
    } catch {
      throw error.storeError(at: file.path)
    }
  }

  /// What cannot be told opens nothing: beside a file that cannot be read a database may lie that is older than its first key.
  private static func checkMayStayOpen(
    _ connection: SQLiteConnection, _ path: StorePath
  ) throws(StoreError) {
    let hasClosed = try StoreError.telling(path.path) { () throws(SQLiteFailure) in
      try Self.isClosed(connection)
    }
    if !hasClosed { throw damagedLock(path) }
  }

  /// Why a store is not opened whose file beside it cannot be read.
  ///
  /// - Parameter database: in words; nil for the store's own.
  static func damagedLock(_ path: StorePath, _ database: String? = nil) -> StoreError {
    StoreError(
      .corrupt,
      """
      \(database ?? "the store \(path.path)") has no keys, but \(path.lock) is emptied or damaged, and may have said that access was closed: delete \
      \(path.lock) if nobody needs a key here, or put back a backup that has keys (ollama-gateway restore FILE)
      """)
  }

  /// A database that is put in the place of one in which access was closed has it closed as well: a backup of before the first key.
  ///
  /// - Returns: whether it was open before.
  private static func close(
    _ connection: SQLiteConnection, _ path: StorePath, by lock: StoreLock
  ) throws(StoreError) -> Bool {
    let (hasClosed, wasOpen) = try StoreError.telling(path.path) { () throws(SQLiteFailure) -> (Bool, Bool) in
      let wasOpen = !(try isClosed(connection))
      if wasOpen, lock.text?.isClosed == true {
        try connection.run(
          "UPDATE access SET closed_at = ?1, revision = revision + 1 WHERE closed_at IS NULL",
          [.integer(Timestamp.now.millisecondsSince1970)])
      }
      return (try isClosed(connection), wasOpen)
    }
    if hasClosed { try lock.noteClosed(in: path) }
    return hasClosed && wasOpen
  }

  /// Whether a database has access closed.
  static func isClosed(_ connection: SQLiteConnection) throws(SQLiteFailure) -> Bool {
    try connection.number("SELECT count(*) FROM access WHERE closed_at IS NOT NULL") > 0
  }
}
