import Glibc
internal import System

/// Reads small files whole.
package enum BoundedFile {
  /// Why a file could not be read: continues "PATH: …".
  package struct ReadError: Error, Equatable {
    /// For people, on one line.
    package let problem: String
    /// There is no such file.
    package fileprivate(set) var isMissing = false
  }

  /// The file as text: a regular file, a pipe or a device of at most `limit` bytes of UTF-8. Blocks; for the start and
  /// a reload only.
  ///
  /// - Parameter isRegular: whether nothing else will do: a pipe would be waited for, perhaps for ever.
  package static func read(_ path: String, limit: Int, isRegular: Bool = false) throws(ReadError) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | (isRegular ? O_NONBLOCK : 0))
    guard descriptor >= 0 else { throw failure(errno) }
    defer { close(descriptor) }
    if isRegular {
      var status = stat()
      guard fstat(descriptor, &status) == 0 else { throw failure(errno) }
      guard status.st_mode & S_IFMT == S_IFREG else { throw ReadError(problem: "it is no regular file") }
    }
    let bytes: [UInt8]
    do {
      bytes = try BlockingIO.readAll(descriptor, limit: limit + 1)
    } catch {
      throw failure(error.code)
    }
    guard bytes.count <= limit else {
      throw ReadError(problem: "the file is larger than \(ByteSize.text(limit))")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ReadError(problem: "the file is not UTF-8 text")
    }
    return text
  }

  private static func failure(_ code: Int32) -> ReadError {
    ReadError(
      problem: "cannot read the file: \(SystemCallError.reason(of: code))", isMissing: code == ENOENT)
  }
}
