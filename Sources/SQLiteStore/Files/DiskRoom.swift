internal import Glibc
internal import Sessions

/// The room that is left on a disk.
enum DiskRoom {
  /// So much has to be there before a store that has found none is asked again: what is small may find a place where no message
  /// does, and the store would seem to work in between.
  static let least = 512 << 10

  /// Bytes that a process of this user may still write to the disk of a folder; nil where nobody can tell.
  static func bytes(ofFolder folder: String) -> Int? {
    var status = statvfs()
    guard statvfs(folder, &status) == 0 else { return nil }
    let (bytes, isMore) = Int(clamping: status.f_bavail).multipliedReportingOverflow(
      by: Int(clamping: status.f_frsize))
    return isMore ? .max : bytes
  }

  /// - Throws: ``StoreError/Kind/full`` where there is less than ``least``.
  static func check(_ path: String) throws(StoreError) {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    guard let bytes = bytes(ofFolder: folder), bytes < least else { return }
    throw StoreError(.full, "the store \(path): there is no room on its disk: \(bytes >> 10) KiB are left")
  }
}
