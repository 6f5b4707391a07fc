internal import Glibc
internal import System

/// A file that is open, and closed with this. Its calls block.
final class FileDescriptor: Sendable {
  let number: Int32

  /// Opens without following a link in the last place.
  ///
  /// - Parameter mode: of a file that is made.
  init(_ path: String, _ flags: Int32, mode: mode_t = 0) throws(SystemCallError) {
    let opened = try systemCall("open") { open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, mode) }
    guard let opened else { throw SystemCallError(call: "open", code: EAGAIN) }
    number = opened
  }

  deinit { close(number) }

  /// Makes a file that was not there.
  ///
  /// - Parameter owner: whose it becomes, together with the group, where root makes it: the service's user. Nil is who makes it.
  convenience init(making path: String, mode: mode_t = 0o600, for owner: FileStatus?) throws(SystemCallError)
  {
    try self.init(path, O_RDWR | O_CREAT | O_EXCL, mode: mode)
    // The mode that was asked for, whatever the umask is.
    try systemCall("fchmod") { fchmod(number, mode) }
    guard geteuid() == 0, let owner else { return }
    try systemCall("fchown") { fchown(number, owner.owner, owner.group) }
  }

  /// The first bytes, at most so many.
  func read(limit: Int) throws(SystemCallError) -> [UInt8] { try BlockingIO.readAll(number, limit: limit) }

  func sync() throws(SystemCallError) { try systemCall("fsync") { fsync(number) } }

  static func syncFolder(_ path: String) throws(SystemCallError) {
    let folder = try FileDescriptor(path, O_RDONLY | O_DIRECTORY)
    try folder.sync()
  }
}
