internal import Glibc
package import Sessions
internal import System

extension SQLiteStore {
  /// Writes all that is committed to a new file of mode 0600, which belongs to who calls this, and gives it its name when it is whole and on the disk. A file that has
  /// that name is replaced then, and stays as it is where anything fails. The gateway may run meanwhile.
  ///
  /// - Parameter file: in a folder that is there.
  package func backup(to file: String) throws(StoreError) {
    let target = try StorePath(file, makesFolder: false, as: "backup")
    try checkIsNoneOfOurs(target)
    if let found = try target.status(), found.kind != .file {
      throw StoreError(.unusable, "the backup \(target.path) is there already, and no file")
    }
    let words = "the backup \(target.path) cannot be made"
    let part = try StoreError.telling(failing: words) { () throws(SystemCallError) in
      try PartialFile(for: target, owner: nil)
    }
    try self.file.checkIsThere()
    let connection = try StoreError.telling(path.path) { () throws(SQLiteFailure) in
      try SQLiteConnection(path.path, for: .reading, durability: durability)
    }
    do throws(SQLiteFailure) {
      try connection.run("VACUUM INTO ?1", [.text(part.path)])
    } catch {
      // Reading has not failed before; what has no room is the new file.
      throw error.kind == .corrupt
        ? error.storeError(at: path.path) : error.copyError(failing: words, of: "the store \(path.path)")
    }
    try StoreError.telling(failing: words) { () throws(SystemCallError) in
      try part.sync()
      try part.finish()
    }
  }

  private func checkIsNoneOfOurs(_ target: StorePath) throws(StoreError) {
    let ours = [path.path, path.lock] + path.companions
    let identities = ours.compactMap { try? FileStatus($0)?.identity }
    let found = try target.status()
    guard !ours.contains(target.path), found.map({ identities.contains($0.identity) }) != true else {
      throw StoreError(.unusable, "the backup \(target.path) would be the store itself: take another name")
    }
  }
}
