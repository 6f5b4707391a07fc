internal import Glibc

/// The systemd journal behind a descriptor: `JOURNAL_STREAM` of systemd.exec(5).
public enum JournalStream {
  /// Whether what is written to `descriptor` goes to the journal, and not where a shell has led it since.
  public static func isBehind(_ descriptor: Int32, environment: [String: String]) -> Bool {
    guard let text = environment["JOURNAL_STREAM"] else { return false }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let device = UInt64(parts[0]), let inode = UInt64(parts[1]) else { return false }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return false }
    return UInt64(status.st_dev) == device && UInt64(status.st_ino) == inode
  }
}
