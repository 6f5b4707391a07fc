internal import Bytes
internal import Glibc
internal import Sessions
internal import System

/// What a process holds as long as a store is its own: a lock on a file beside it, and one on the database itself, where the library
/// has none. They go with the process, however that ends. The one keeps two from making a database; the other stays where somebody
/// deletes the file beside it.
///
/// The file says which store was made there. So a database that has vanished or was emptied is not taken for a new one. And it says
/// whether access was closed: a database that is put in the place of that one opens nothing.
final class StoreLock: Sendable {
  // Of fcntl(2): locks of an open file, and not of a process, which may have the file open twice.
  private static let queryCommand: Int32 = 36
  private static let setCommand: Int32 = 37
  private static let limit = 4096
  /// Of the database: behind all that it can have.
  private static let place = off_t.max - 1

  private let file: FileDescriptor
  /// Once it is there.
  private let database = Lock<FileDescriptor?>(nil)

  /// Takes the lock.
  ///
  /// - Parameter advice: what people can do where another process has it.
  convenience init(_ store: StorePath, advice: String) throws(StoreError) {
    let file: FileDescriptor
    do throws(SystemCallError) {
      file = try Self.open(store)
      guard try FileStatus(descriptor: file.number).kind == .file else {
        throw SystemCallError(call: "open", code: EINVAL)
      }
    } catch {
      throw StoreError(
        error.code == EACCES || error.code == EROFS ? .readOnly : .unusable,
        "the store \(store.path): cannot lock \(store.lock): \(error.reason)")
    }
    guard Self.ask(Self.setCommand, file.number) != nil else { throw Self.taken(store, advice) }
    self.init(held: file)
    note(store: madeStore)
  }

  private init(held file: FileDescriptor) { self.file = file }

  /// Gives it back; not by closing alone, as a program that is being started has the file open as well for a moment.
  deinit {
    write(madeStore, isClosed: isClosed, process: nil)
    if let database = database.withLock({ $0 }) {
      _ = Self.ask(Self.setCommand, database.number, kind: F_UNLCK, at: Self.place)
    }
    _ = Self.ask(Self.setCommand, file.number, kind: F_UNLCK)
  }

  /// Takes the lock of the database, where there is one: nobody else may have it, whatever has become of the file beside it.
  ///
  /// The process has noted that it has the database open, or has nothing to do with it but this.
  func takeDatabase(of store: StorePath, advice: String) throws(StoreError) {
    let held: FileDescriptor?
    do throws(SystemCallError) {
      held = try OpenFiles.with(store.path, O_RDWR) { file in
        Self.ask(Self.setCommand, file.number, at: Self.place).map { _ in file }
      }
    } catch {
      if error.code == ENOENT { return }
      throw StoreError(.unusable, "the store \(store.path): cannot lock it: \(error.reason)")
    }
    guard let held else { throw Self.taken(store, advice, isTold: false) }
    database.withLock { $0 = held }
  }

  private static func open(_ store: StorePath) throws(SystemCallError) -> FileDescriptor {
    if try FileStatus(store.lock) == nil {
      do throws(SystemCallError) {
        return try FileDescriptor(making: store.lock, for: try FileStatus(store.folder))
      } catch {
        // Another one was faster.
        guard error.code == EEXIST else { throw error }
      }
    }
    return try FileDescriptor(store.lock, O_RDWR)
  }

  /// - Parameter isTold: whether the file beside it says by whom.
  private static func taken(_ store: StorePath, _ advice: String, isTold: Bool = true) -> StoreError {
    let text = isTold ? try? FileDescriptor(store.lock, O_RDONLY).read(limit: limit) : nil
    let holder = text.flatMap { value("process", in: $0) }
    return StoreError(
      .taken,
      "the store \(store.path) is in use by another gateway\(holder.map { " (process \($0))" } ?? ""): \(advice)"
    )
  }

  /// Whether a process holds the lock of a store now. It is not disturbed by the question.
  static func isHeld(_ store: StorePath) -> Bool {
    if isLocked(store) { return true }
    let kind = try? OpenFiles.with(store.path, O_RDONLY) { ask(queryCommand, $0.number, at: place) }
    return (kind ?? nil).map { $0 != Int16(F_UNLCK) } ?? false
  }

  /// Whether that on the file beside it is held.
  private static func isLocked(_ store: StorePath) -> Bool {
    guard let file = try? FileDescriptor(store.lock, O_RDONLY) else { return false }
    return ask(queryCommand, file.number).map { $0 != Int16(F_UNLCK) } ?? false
  }

  /// The store that was made there, as the lock's file says it; nil where none was.
  static func madeStore(of store: StorePath) -> String? {
    (try? FileDescriptor(store.lock, O_RDONLY)).flatMap { try? $0.read(limit: limit) }
      .flatMap { value("store", in: $0) }
  }

  /// - Returns: the kind of lock that is in the way, or was taken; nil where it was not.
  private static func ask(
    _ command: Int32, _ descriptor: Int32, kind: Int32 = F_WRLCK, at place: off_t? = nil
  ) -> Int16? {
    var lock = flock()
    lock.l_type = Int16(kind)
    lock.l_whence = Int16(SEEK_SET)
    if let place { (lock.l_start, lock.l_len) = (place, 1) }
    let status = withUnsafeMutablePointer(to: &lock) {
      fcntl(descriptor, command, UnsafeMutableRawPointer($0))
    }
    return status == 0 ? lock.l_type : nil
  }

  // MARK: The file's text

  /// The store that was made here; nil where none was.
  var madeStore: String? { value("store") }

  /// Whether access was closed by a store that was made here.
  var isClosed: Bool { value("access") != nil }

  private func value(_ name: String) -> String? {
    var bytes = [UInt8](repeating: 0, count: Self.limit)
    let count = pread(file.number, &bytes, bytes.count, 0)
    return count > 0 ? Self.value(name, in: Array(bytes[..<count])) : nil
  }

  /// Notes that there is a store.
  func note(store: String?) { write(store, isClosed: isClosed, process: getpid()) }

  /// Notes that access is closed.
  func noteClosed() {
    if !isClosed { write(madeStore, isClosed: true, process: getpid()) }
  }

  private func write(_ store: String?, isClosed: Bool, process: pid_t?) {
    let text =
      (store.map { "store \($0)\n" } ?? "") + (isClosed ? "access closed\n" : "")
      + (process.map { "process \($0)\n" } ?? "")
    let bytes = Array(text.utf8)
    // Nothing depends on it now: where it cannot be written, the store itself says why.
    guard pwrite(file.number, bytes, bytes.count, 0) == bytes.count else { return }
    _ = ftruncate(file.number, off_t(bytes.count))
    try? file.sync()
  }

  /// The rest of the line that begins with a name.
  private static func value(_ name: String, in bytes: [UInt8]) -> String? {
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      let words = line.split(separator: UInt8(ascii: " "))
      guard words.count == 2, words[0].elementsEqual(name.utf8),
        words[1].allSatisfy({ ASCII.isAlphanumeric($0) })
      else { continue }
      return String(decoding: words[1], as: UTF8.self)
    }
    return nil
  }
}
