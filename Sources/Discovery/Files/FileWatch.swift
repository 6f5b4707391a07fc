/// Decides when a file that is looked at now and then is read again: when it is another than was read, and two looks have found it
/// the same, so that whoever writes it is done.
struct FileWatch: Sendable {
  /// As it was read last.
  private var read: FileStamp?
  private var seen: FileStamp?
  /// Whether somebody looks.
  private var isLookedAt = false

  /// - Parameter stamp: of what was read; nil where there was nothing.
  init(read stamp: FileStamp?) {
    read = stamp
    seen = stamp
  }

  /// The file was read, as its reader saw it.
  mutating func wasRead(_ stamp: FileStamp?) {
    read = stamp
    seen = stamp
  }

  /// - Returns: whether to begin with the looks; false where somebody has.
  mutating func begin() -> Bool {
    defer { isLookedAt = true }
    return !isLookedAt
  }

  /// - Parameter stamp: as it is now; nil where there is no such file.
  /// - Returns: whether it is to be read.
  mutating func look(_ stamp: FileStamp?) -> Bool {
    defer { seen = stamp }
    guard stamp == seen, stamp != read else { return false }
    read = stamp
    return true
  }
}
