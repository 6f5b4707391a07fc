internal import Bytes
internal import Glibc
internal import Sessions
internal import System

/// What a process holds as long as a store is its own: a lock on a file beside it, and one on the database itself, where the library
/// has none. They go with the process, however that ends. The one keeps two from making a database; the other stays where somebody
/// deletes the file beside it.
///
/// The file says which store was made there. So a database that has vanished or was emptied is not taken for a new one. And it says
/// whether access was closed: a database that is put in the place of that one opens nothing. It comes into being with its first text, and
/// is never empty: one that cannot be read is not taken for that of a first start.
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

  /// How long a lock is waited for that another process has for a moment.
  private static let patience = Duration.seconds(5)

  /// Takes the lock. Blocks for some seconds where another process has it for a moment, as a subcommand that makes the store.
  ///
  /// - Parameters:
  ///   - advice: what people can do where another process has it.
  ///   - isBrief: whether it is given back in a moment: others wait for it.
  convenience init(_ store: StorePath, advice: String, isBrief: Bool = false) throws(StoreError) {
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
    let deadline = MonotonicTime.now + Self.patience
    while Self.ask(Self.setCommand, file.number) == nil {
      guard Self.isHeldBriefly(file), MonotonicTime.now < deadline else { throw Self.taken(store, advice) }
      usleep(20_000)
    }
    self.init(held: file)
    change {
      $0.process = "\(getpid())"
      $0.isBrief = isBrief
    }
  }

  private init(held file: FileDescriptor) { self.file = file }

  /// Gives it back; not by closing alone, as a program that is being started has the file open as well for a moment.
  deinit {
    change {
      $0.process = nil
      $0.isBrief = false
    }
    if let database = database.withLock({ $0 }) {
      _ = Self.ask(Self.setCommand, database.number, kind: F_UNLCK, at: Self.place)
    }
    _ = Self.ask(Self.setCommand, file.number, kind: F_UNLCK)
  }

  /// Whether who holds the lock says that it is for a moment. Who has just taken it has not said so yet: then there is nobody, or one
  /// that has ended.
  private static func isHeldBriefly(_ file: FileDescriptor) -> Bool {
    guard let text = text(of: file), !text.isBrief, let process = text.process.flatMap(pid_t.init),
      process > 0
    else { return true }
    return kill(process, 0) != 0 && errno == ESRCH
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
    if try FileStatus(store.lock) == nil { try make(store) }
    return try FileDescriptor(store.lock, O_RDWR)
  }

  /// Makes the file under another name, and links it once it is on the disk with its first text: no kill leaves one that says nothing.
  private static func make(_ store: StorePath) throws(SystemCallError) {
    var random = SystemRandomNumberGenerator()
    let part = "\(store.lock).part-\(Hexadecimal.text(of: random.next()))"
    defer { unlink(part) }
    let file = try FileDescriptor(making: part, for: try FileStatus(store.folder))
    try write(StoreLockText(), to: file)
    do throws(SystemCallError) {
      try systemCall("link") { link(part, store.lock) }
    } catch {
      switch error.code {
      // Another one was faster.
      case EEXIST: return
      // A file system without links, where the lock of the database alone keeps out who makes one at the same moment.
      case EPERM, ENOTSUP, ENOSYS: try systemCall("rename") { rename(part, store.lock) }
      default: throw error
      }
    }
    try FileDescriptor.syncFolder(store.folder)
  }

  /// - Parameter isTold: whether the file beside it says by whom.
  private static func taken(_ store: StorePath, _ advice: String, isTold: Bool = true) -> StoreError {
    let holder = isTold ? (try? FileDescriptor(store.lock, O_RDONLY)).flatMap { text(of: $0)?.process } : nil
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

  /// What the file says; of one that is not there, or may not be read by this user, as if nothing was made. Nil where it has no such text.
  static func text(of store: StorePath) -> StoreLockText? {
    guard let file = try? FileDescriptor(store.lock, O_RDONLY) else { return StoreLockText() }
    return text(of: file)
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

  /// What it says; nil where that cannot be read.
  var text: StoreLockText? { Self.text(of: file) }

  private static func text(of file: FileDescriptor) -> StoreLockText? {
    var bytes = [UInt8](repeating: 0, count: limit)
    let count = pread(file.number, &bytes, bytes.count, 0)
    return count > 0 ? StoreLockText(Array(bytes[..<count])) : nil
  }

  /// Notes which store there is. What could not be read is gone with it.
  func note(store: String?) {
    change(orElse: StoreLockText(process: "\(getpid())")) { $0.store = store }
  }

  /// Notes that access is closed.
  ///
  /// - Returns: whether that was not noted before.
  /// - Throws: where it cannot be written.
  @discardableResult
  func noteClosed(in path: StorePath) throws(StoreError) -> Bool {
    try Self.noteClosed(file, path, store: nil)
  }

  /// Notes that access is closed, beside a process that may hold the lock.
  ///
  /// - Parameter store: what is there, for a file that says nothing of it.
  static func noteClosed(beside path: StorePath, store: String?) throws(StoreError) -> Bool {
    let file = try StoreError.telling(failing: words(path)) { () throws(SystemCallError) in try open(path) }
    return try noteClosed(file, path, store: store)
  }

  private static func noteClosed(
    _ file: FileDescriptor, _ path: StorePath, store: String?
  ) throws(StoreError) -> Bool {
    if text(of: file)?.isClosed == true { return false }
    var isNew = false
    try StoreError.telling(failing: words(path)) { () throws(SystemCallError) in
      try change(file, orElse: StoreLockText()) { text in
        isNew = !text.isClosed
        text.isClosed = true
        text.store = text.store ?? store
      }
    }
    return isNew
  }

  /// Notes that access is closed, as it is in the database by now: whoever takes his note back at the moment is waited for.
  static func confirmClosedNote(of path: StorePath) throws(StoreError) {
    try StoreError.telling(failing: words(path)) { () throws(SystemCallError) in
      try change(try open(path), orElse: nil) { $0.isClosed = true }
    }
  }

  /// Takes back that access is closed, beside a process that may hold the lock.
  ///
  /// - Parameter isClosed: whether it is so in the database; is asked while nobody else changes the text.
  static func takeBackClosedNote(
    of path: StorePath, unless isClosed: () throws(SystemCallError) -> Bool
  ) throws(StoreError) {
    try StoreError.telling(failing: "the store \(path.path): cannot take back what \(path.lock) notes") {
      () throws(SystemCallError) in
      try change(try open(path), orElse: nil) { (text) throws(SystemCallError) in
        if !(try isClosed()) { text.isClosed = false }
      }
    }
  }

  private static func words(_ path: StorePath) -> String {
    "the store \(path.path): cannot note in \(path.lock) that access is closed"
  }

  /// Nothing depends on it now: where it cannot be written, the store itself says why.
  private func change(orElse other: StoreLockText? = nil, _ edit: (inout StoreLockText) -> Void) {
    try? Self.change(file, orElse: other, edit)
  }

  /// Changes the text, and comes back when it is on the disk. A subcommand does so beside the process that holds the lock: of two at one
  /// time the second sees what the first has written, for which there is another lock of the file, of flock(2).
  ///
  /// - Parameter other: takes the place of what cannot be read; nil leaves that as it is.
  private static func change(
    _ file: FileDescriptor, orElse other: StoreLockText?,
    _ edit: (inout StoreLockText) throws(SystemCallError) -> Void
  ) throws(SystemCallError) {
    // Of a file system that has no such lock nothing else is lost.
    while flock(file.number, LOCK_EX) != 0, errno == EINTR {}
    defer { _ = flock(file.number, LOCK_UN) }
    let before = text(of: file)
    guard var text = before ?? other else { return }
    try edit(&text)
    if text != before { try write(text, to: file) }
  }

  private static func write(_ text: StoreLockText, to file: FileDescriptor) throws(SystemCallError) {
    // Of one length with what was there, so that no kill leaves the end of a longer one behind it.
    let end = text.bytes.count
    let length = min(try FileStatus(descriptor: file.number).bytes, limit)
    let bytes = text.bytes + Array(repeating: UInt8(ascii: "\n"), count: max(0, length - end))
    let count = pwrite(file.number, bytes, bytes.count, 0)
    guard count == bytes.count else {
      throw SystemCallError(call: "write", code: count < 0 ? errno : ENOSPC)
    }
    try systemCall("ftruncate") { ftruncate(file.number, off_t(end)) }
    try file.sync()
  }
}
