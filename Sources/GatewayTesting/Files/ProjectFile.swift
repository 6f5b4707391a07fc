internal import Glibc
internal import System

/// A file of the project, where tests hold what it says against the program.
public enum ProjectFile {
  /// Where a file is.
  ///
  /// - Parameter path: from the project's folder on, without a slash at its beginning.
  public static func path(_ path: String) -> String { "\(folder)/\(path)" }

  /// All of a file as text.
  ///
  /// - Parameter path: from the project's folder on, without a slash at its beginning.
  /// - Throws: ``SystemCallError`` where it cannot be read.
  public static func text(_ path: String) throws -> String {
    let descriptor = try systemCall("open") { open(self.path(path), O_RDONLY | O_CLOEXEC) } ?? -1
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = try systemCall("read") { read(descriptor, &piece, piece.count) } ?? 0
      guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
      bytes += piece[..<count]
    }
  }

  /// Four folders above this file.
  private static let folder = (0..<4).reduce(#filePath[...]) { path, _ in
    path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
  }
}
