internal import Glibc
internal import Sessions
internal import System

/// Where a store is: an absolute path whose folder is there, has no links, and is on a disk of this machine.
struct StorePath: Sendable {
  /// Without a slash at the end.
  let folder: String
  let name: String

  var path: String { folder == "/" ? "/\(name)" : "\(folder)/\(name)" }
  /// What a service holds as long as it has the store.
  var lock: String { "\(path).lock" }
  /// The write-ahead log, which has commits that the file does not have yet.
  var log: String { "\(path)-wal" }
  /// What lies beside the file, and is of no use without it.
  var companions: [String] { ["-wal", "-shm", "-journal"].map { "\(path)\($0)" } }

  /// - Parameters:
  ///   - makesFolder: whether the folder, but none above it, is made where it is not there.
  ///   - what: what is there, or is to be, for the words.
  init(_ path: String, makesFolder: Bool, as what: String = "store") throws(StoreError) {
    let split = path.utf8.lastIndex(of: UInt8(ascii: "/"))
    let name = split.map { String(path[path.index(after: $0)...]) } ?? path
    guard !name.isEmpty, name != ".", name != "..", !path.utf8.contains(0) else {
      throw StoreError(.unusable, "the \(what) \"\(path)\": takes the name of a file")
    }
    let folder = split.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    if makesFolder, mkdir(folder, 0o700) != 0, errno != EEXIST {
      let reason = SystemCallError.reason(of: errno)
      throw StoreError(.unusable, "the \(what) \(path): cannot make its folder \(folder): \(reason)")
    }
    guard let resolved = realpath(folder, nil) else {
      let reason = SystemCallError.reason(of: errno)
      throw StoreError(.unusable, "the \(what) \(path): its folder \(folder) cannot be used: \(reason)")
    }
    defer { free(resolved) }
    self.folder = String(cString: resolved)
    self.name = name
  }

  /// What there is by this name.
  func status() throws(StoreError) -> FileStatus? {
    do throws(SystemCallError) {
      return try FileStatus(path)
    } catch {
      throw StoreError(.unusable, "the store \(path): \(error.reason)")
    }
  }

  /// Whether the folder is one in which a store can be.
  func checkFolder() throws(StoreError) {
    if let type = NetworkFileSystem.type(ofFolder: folder) {
      throw StoreError(
        .unusable,
        """
        the store \(path): its folder is on a network file system (\(type)), where locks and the memory that SQLite shares \
        do not hold: use a disk of this machine, or --store postgresql://…
        """)
    }
    guard access(folder, W_OK | X_OK) == 0 else {
      let reason = SystemCallError.reason(of: errno)
      throw StoreError(
        .readOnly,
        "the store \(path): SQLite makes files beside it, and its folder may not be written: \(reason)")
    }
  }

  /// Whether what is there is a file that may be written.
  func check(_ status: FileStatus) throws(StoreError) {
    switch status.kind {
    case .file: break
    case .folder: throw StoreError(.unusable, "the store \(path) is a folder: name a file in it")
    case .link: throw StoreError(.unusable, "the store \(path) is a symbolic link: name the file itself")
    case .other: throw StoreError(.unusable, "the store \(path) is no file")
    }
    guard access(path, R_OK | W_OK) == 0 else {
      let reason = SystemCallError.reason(of: errno)
      throw StoreError(.readOnly, "the store \(path) may not be read and written: \(reason)")
    }
  }
}
