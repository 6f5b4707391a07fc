internal import Glibc
internal import System

/// The databases that this process has open. POSIX locks belong to a process and a file: whoever opens such a file by himself, and
/// closes it, takes SQLite's locks away (sqlite.org/howtocorrupt.html, 2.2).
enum OpenFiles {
  private struct Entry {
    var count = 0
    /// Closed with the last one.
    var descriptors: [FileDescriptor] = []
  }

  private static let entries = Lock<[FileStatus.Identity: Entry]>([:])

  /// Notes that a file is about to be opened by the library.
  ///
  /// - Parameter check: looks into the file; run only where nobody has it open, and nobody else opens it meanwhile.
  static func add<Failure: Error>(
    _ identity: FileStatus.Identity, check: () throws(Failure) -> Void
  ) throws(Failure) {
    try entries.withLock { (entries: inout sending [FileStatus.Identity: Entry]) throws(Failure) in
      if entries[identity] == nil { try check() }
      entries[identity, default: Entry()].count += 1
    }
  }

  static func remove(_ identity: FileStatus.Identity) {
    entries.withLock { entries in
      entries[identity]?.count -= 1
      if entries[identity].map({ $0.count <= 0 }) == true { entries[identity] = nil }
    }
  }

  /// Opens such a file beside the library, for its locks, and lets nobody close it before the library does.
  ///
  /// - Parameter body: gets it, if the name stands for a file.
  static func with<Result>(
    _ path: String, _ flags: Int32, _ body: (FileDescriptor) -> Result
  ) throws(SystemCallError) -> Result {
    try entries.withLock { (entries: inout sending [FileStatus.Identity: Entry]) throws(SystemCallError) in
      let file = try FileDescriptor(path, flags)
      let status = try FileStatus(descriptor: file.number)
      entries[status.identity]?.descriptors.append(file)
      guard status.kind == .file else { throw SystemCallError(call: "open", code: EINVAL) }
      return body(file)
    }
  }
}
