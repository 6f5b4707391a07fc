internal import Glibc
package import Sessions
internal import System

extension SQLiteStore {
  /// Puts a backup in the place of a store that no gateway has open. What was there is put aside: database, log and shared memory
  /// together under one name, so that they still are a store. The new file has the old one's owner and mode. Where the old one had access
  /// closed, so has the new one from its next start on.
  ///
  /// - Parameters:
  ///   - backup: the file of a backup, or of another store.
  ///   - path: of the store.
  ///   - makesFolder: whether the store's folder, but none above it, is made where it is not there.
  /// - Returns: the new path of the database that was there, if there was one.
  /// - Throws: before anything is changed, where the backup is damaged, newer or none, or a gateway runs.
  @discardableResult
  package static func restore(
    from backup: String, to path: String, makesFolder: Bool = false
  ) throws(StoreError) -> String? {
    let path = try StorePath(path, makesFolder: makesFolder)
    try path.checkFolder()
    let lock = try StoreLock(path, advice: "stop it, restore, and start it again", isBrief: true)
    let found = try path.status()
    if let found {
      if found.kind != .file { try path.check(found) }
      try lock.takeDatabase(of: path, advice: "stop it, restore, and start it again")
    }
    let part = try copy(of: backup, for: path, like: found)
    if let found, isClosed(path, found) {
      try lock.noteClosed(in: path)
    } else if lock.text == nil, !part.isClosed {
      throw damagedLock(path, "the backup \(backup)")
    }
    // From here on an interrupted restore leaves a store that is missed, and not one that is made anew.
    lock.note(store: part.id)
    let words = "the store \(path.path) cannot be restored"
    return try StoreError.telling(failing: words) { () throws(SystemCallError) in
      let aside = try putAside(path)
      try part.file.finish()
      return aside
    }
  }

  /// Whether access is closed in the store that is there; false where that cannot be read, as of a damaged one.
  private static func isClosed(_ path: StorePath, _ found: FileStatus) -> Bool {
    do throws(StoreError) {
      try OpenFiles.add(found.identity) { () throws(StoreError) in try DatabaseHeader.check(path.path) }
    } catch { return false }
    defer { OpenFiles.remove(found.identity) }
    let traces = path.companions.filter { FileStatus.isAbsent($0) }
    defer { removeTraces(traces) }
    do throws(SQLiteFailure) {
      return try isClosed(try SQLiteConnection(path.path, for: .reading, durability: .full))
    } catch { return false }
  }

  /// A copy of the backup in the store's folder, checked and on the disk.
  private static func copy(
    of backup: String, for path: StorePath, like found: FileStatus?
  ) throws(StoreError) -> (file: PartialFile, id: String?, isClosed: Bool) {
    let source = try StorePath(backup, makesFolder: false, as: "backup")
    guard let status = try source.status() else {
      throw StoreError(.unusable, "the backup \(source.path) is not there")
    }
    guard status.kind == .file, status.identity != found?.identity else {
      throw StoreError(
        .unusable, "the backup \(source.path) is \(status.kind == .file ? "the store itself" : "no file")")
    }
    try OpenFiles.add(status.identity) { () throws(StoreError) in try DatabaseHeader.check(source.path) }
    defer { OpenFiles.remove(status.identity) }
    let part = try StoreError.telling(failing: "the store \(path.path) cannot be restored") {
      () throws(SystemCallError) in try PartialFile(replacing: path, found)
    }
    let traces = source.companions.filter { FileStatus.isAbsent($0) }
    defer { if !StoreLock.isHeld(source) { removeTraces(traces) } }
    let (id, isClosed) = try copy(
      source.path, to: part.path, failing: "the store \(path.path) cannot be restored")
    try StoreError.telling(failing: "the store \(path.path) cannot be restored") {
      () throws(SystemCallError) in
      try part.sync()
    }
    return (part, id, isClosed)
  }

  /// Writes all of a database to an empty file, if it is sound. It is written anew by the library, which takes in a log that lies
  /// beside it, and not byte by byte.
  ///
  /// - Parameter what: what cannot be done where the file cannot be written.
  /// - Returns: the store's id, and whether it has access closed.
  private static func copy(
    _ source: String, to file: String, failing what: String
  ) throws(StoreError) -> (id: String?, isClosed: Bool) {
    let connection = try StoreError.telling(source) { () throws(SQLiteFailure) in
      try SQLiteConnection(source, for: .reading, durability: .full)
    }
    let fault = try StoreError.telling(source) { () throws(SQLiteFailure) in
      try connection.texts("PRAGMA integrity_check(1)").first
    }
    guard fault == "ok" else {
      throw StoreError(.corrupt, "the backup \(source) is damaged: \(fault ?? "it cannot be checked")")
    }
    // What a log has counts more than the file's first bytes.
    try StoreError.telling(source) { () throws(SQLiteFailure) in try DatabaseHeader(connection) }.check(
      source)
    do throws(SQLiteFailure) {
      try connection.run("VACUUM INTO ?1", [.text(file)])
    } catch { throw error.copyError(failing: what, of: "the backup \(source)") }
    return try StoreError.telling(source) { () throws(SQLiteFailure) -> (id: String?, isClosed: Bool) in
      let hasAccess = try connection.number("PRAGMA user_version") >= Schema.versionOfAccess
      let hasClosed = hasAccess ? try Self.isClosed(connection) : false
      return (try connection.texts("SELECT id FROM store").first, hasClosed)
    }
  }

  /// A reader leaves an empty log and its shared memory beside a file that has a log.
  private static func removeTraces(_ files: [String]) {
    for file in files where !file.hasSuffix("-wal") || (try? FileStatus(file))??.bytes == 0 { unlink(file) }
  }

  /// Gives the database and what lies beside it another name.
  ///
  /// The database goes first: one without its log would be taken for a whole store, and have lost what is in there; a log without its
  /// database is refused. They are gone before the new file comes, into which the library would play the old log.
  private static func putAside(_ path: StorePath) throws(SystemCallError) -> String? {
    let aside = try freeName(behind: "\(path.path).before-restore-\(stamp)")
    var isDatabaseThere = false
    if try FileStatus(path.path) != nil {
      try systemCall("rename") { rename(path.path, aside) }
      try FileDescriptor.syncFolder(path.folder)
      isDatabaseThere = true
    }
    for companion in path.companions where try FileStatus(companion) != nil {
      try systemCall("rename") { rename(companion, aside + companion.dropFirst(path.path.count)) }
    }
    try FileDescriptor.syncFolder(path.folder)
    return isDatabaseThere ? aside : nil
  }

  /// Now, as part of a name: `20260131T235959Z`.
  private static var stamp: String {
    Timestamp.now.iso8601.prefix { $0 != "." }.filter { $0 != "-" && $0 != ":" } + "Z"
  }

  /// A name that nothing has, with a number where it must be.
  private static func freeName(behind name: String) throws(SystemCallError) -> String {
    for number in 1...1000 {
      let tried = number == 1 ? name : "\(name)-\(number)"
      if try FileStatus(tried) == nil, try FileStatus("\(tried)-wal") == nil { return tried }
    }
    throw SystemCallError(call: "rename", code: EEXIST)
  }
}
