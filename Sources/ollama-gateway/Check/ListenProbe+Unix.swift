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
      return .other(SystemError.text(errno))
    }
    let folder = self.folder(of: path)
    guard stat(folder, &status) == 0 else {
      return .other("its folder \(folder): \(SystemError.text(errno))")
    }
    guard status.st_mode & S_IFMT == S_IFDIR else { return .other("\(folder) is no folder") }
    // The effective user's rights, not the real one's as access(2) would have it.
    guard faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) == 0 else {
      return .other("its folder \(folder) cannot be written to: \(SystemError.text(errno))")
    }
    return nil
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// - Parameter path: of at most 107 bytes, as ``ListenAddress`` has it.
  private static func withSocketAddress<Result>(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    return withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }

  private static func hasListener(_ path: String) -> Bool {
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    let descriptor = socket(AF_UNIX, kind, 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    let connected = withSocketAddress(path) { connect(descriptor, $0, $1) == 0 }
    // Where a listener's backlog is full, connecting fails with EAGAIN.
    return connected || errno == EAGAIN
  }
}
