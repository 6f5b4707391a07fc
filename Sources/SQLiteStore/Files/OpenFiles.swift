internal import System

/// The databases that this process has open. POSIX locks belong to a process and a file: whoever opens such a file by himself, and
/// closes it, takes SQLite's locks away (sqlite.org/howtocorrupt.html, 2.2).
enum OpenFiles {
  private static let counts = Lock<[FileStatus.Identity: Int]>([:])

  /// Notes that a file is about to be opened by the library.
  ///
  /// - Parameter check: looks into the file; run only where nobody has it open, and nobody else opens it meanwhile.
  static func add<Failure: Error>(
    _ identity: FileStatus.Identity, check: () throws(Failure) -> Void
  ) throws(Failure) {
    try counts.withLock { (counts: inout sending [FileStatus.Identity: Int]) throws(Failure) in
      if counts[identity] == nil { try check() }
      counts[identity, default: 0] += 1
    }
  }

  static func remove(_ identity: FileStatus.Identity) {
    counts.withLock { counts in
      let count = counts[identity, default: 0] - 1
      counts[identity] = count > 0 ? count : nil
    }
  }
}
