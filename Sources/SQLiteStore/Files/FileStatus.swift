internal import Glibc
internal import System

/// What the system says of a file's name, without following a link (lstat(2)).
struct FileStatus {
  enum Kind: Equatable {
    case file, folder, link
    /// A pipe, a socket, a device.
    case other
  }

  /// Which file a name stands for.
  struct Identity: Hashable {
    let device: UInt64
    let inode: UInt64
  }

  let kind: Kind
  let identity: Identity
  let owner: uid_t
  let group: gid_t
  /// The permissions.
  let mode: mode_t
  let bytes: Int
  /// When its content was written last, in seconds and nanoseconds of the system's clock.
  let modifiedAt: [Int]

  /// - Returns: nil where there is none.
  init?(_ path: String) throws(SystemCallError) {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      let code = errno
      guard code == ENOENT else { throw SystemCallError(call: "lstat", code: code) }
      return nil
    }
    self.init(status)
  }

  /// Whether nothing has this name.
  static func isAbsent(_ path: String) -> Bool {
    do throws(SystemCallError) { return try FileStatus(path) == nil } catch { return false }
  }

  init(descriptor: Int32) throws(SystemCallError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw SystemCallError(call: "fstat", code: errno) }
    self.init(status)
  }

  private init(_ status: stat) {
    kind =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .folder
      case S_IFLNK: .link
      default: .other
      }
    identity = Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    owner = status.st_uid
    group = status.st_gid
    mode = status.st_mode & 0o7777
    bytes = Int(clamping: status.st_size)
    modifiedAt = [Int(status.st_mtim.tv_sec), Int(status.st_mtim.tv_nsec)]
  }
}
