internal import Bytes
internal import Glibc
internal import Sessions
internal import System

/// A file that is being made under another name in its folder, and has its own name as soon as it is whole and on the disk. What is not
/// finished is deleted.
final class PartialFile {
  let path: String
  private let target: StorePath
  private let file: FileDescriptor
  private var isFinished = false

  /// Makes it, empty.
  ///
  /// - Parameters:
  ///   - mode: who may read and write it.
  ///   - owner: as ``FileDescriptor/init(making:mode:for:)`` has it.
  init(for target: StorePath, mode: mode_t = 0o600, owner: FileStatus?) throws(SystemCallError) {
    self.target = target
    var random = SystemRandomNumberGenerator()
    path = "\(target.path).part-\(Hexadecimal.text(of: random.next()))"
    file = try FileDescriptor(making: path, mode: mode, for: owner)
  }

  /// Makes one that takes the place of a store's file.
  ///
  /// - Parameter found: the file that is there, whose owner and mode it gets. Without one it is for the owner of the folder alone.
  convenience init(replacing target: StorePath, _ found: FileStatus?) throws(SystemCallError) {
    let owner = if let found { found } else { try FileStatus(target.folder) }
    try self.init(for: target, mode: found?.mode ?? 0o600, owner: owner)
  }

  deinit {
    // The library leaves its journal where it had no room to undo.
    if !isFinished { for file in [path, "\(path)-journal"] { unlink(file) } }
  }

  /// Makes what was written last over a loss of power.
  func sync() throws(SystemCallError) { try file.sync() }

  /// Gives it its name: from here on it is there, in place of what had that name.
  func finish() throws(SystemCallError) {
    try systemCall("rename") { rename(path, target.path) }
    isFinished = true
    try FileDescriptor.syncFolder(target.folder)
  }
}

extension StoreError {
  /// Runs what asks the system, and tells of its failures in the words of stores.
  ///
  /// - Parameter what: what cannot be done then, for people.
  static func telling<Result>(
    failing what: String, _ body: () throws(SystemCallError) -> Result
  ) throws(StoreError) -> Result {
    do throws(SystemCallError) {
      return try body()
    } catch {
      let kind: Kind =
        switch error.code {
        case ENOSPC, EDQUOT: .full
        case EROFS, EACCES, EPERM: .readOnly
        case EIO: .away
        default: .unusable
        }
      throw StoreError(kind, "\(what): \(error)")
    }
  }
}
