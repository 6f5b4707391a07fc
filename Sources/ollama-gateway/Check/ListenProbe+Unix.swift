import Configuration
import Glibc
import System

extension ListenProbe {
  /// A path is fine when nothing stands there and its folder can be written to, or when what stands there is a socket
  /// that nobody listens on any more.
  static func unixProblem(_ path: String) -> Problem? {
    var status = stat()
    if lstat(path, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFSOCK else {
        return .other("there is a file in the way that is no socket")
      }
      if hasListener(path) { return .taken("the socket is in use by another process") }
    } else if errno != ENOENT {
      return .other(SystemCallError.reason(of: errno))
    }
    let folder = self.folder(of: path)
    guard stat(folder, &status) == 0 else {
      return .other("its folder \(folder): \(SystemCallError.reason(of: errno))")
    }
    guard status.st_mode & S_IFMT == S_IFDIR else { return .other("\(folder) is no folder") }
    // The effective user's rights, not the real one's as access(2) would have it.
    guard faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) == 0 else {
      return .other("its folder \(folder) cannot be written to: \(SystemCallError.reason(of: errno))")
    }
    return nil
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// - Parameter path: of at most 107 bytes, as ``ListenAddress`` has it.
  private static func hasListener(_ path: String) -> Bool {
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    let descriptor = socket(AF_UNIX, kind, 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    let connected = SocketAddress.withSocketAddress(path: path) { connect(descriptor, $0, $1) == 0 }
    // Where a listener's backlog is full, connecting fails with EAGAIN.
    return connected || errno == EAGAIN
  }
}
