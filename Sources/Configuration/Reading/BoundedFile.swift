import Glibc
internal import System

/// Reads small files whole.
package enum BoundedFile {
  /// Why a file could not be read: continues "PATH: …".
  package struct Failure: Error, Equatable {
    /// For people, on one line.
    package let problem: String
    /// There is no such file.
    package fileprivate(set) var isMissing = false
  }

  /// The file as text: a regular file, a pipe or a device of at most `limit` bytes of UTF-8. Blocks; for the start and a reload only.
  package static func read(_ path: String, limit: Int) throws(Failure) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure() }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: limit + 1)
    var count = 0
    while count < bytes.count {
      let got = bytes.withUnsafeMutableBytes {
        Glibc.read(descriptor, $0.baseAddress! + count, $0.count - count)
      }
      if got == 0 { break }
      if got < 0 {
        if errno == EINTR { continue }
        throw failure()
      }
      count += got
    }
    guard count <= limit else { throw Failure(problem: "the file is larger than \(ByteSize.text(limit))") }
    guard let text = String(validating: bytes[..<count], as: UTF8.self) else {
      throw Failure(problem: "the file is not UTF-8 text")
    }
    return text
  }

  private static func failure() -> Failure {
    let code = errno
    return Failure(problem: "cannot read the file: \(SystemError.text(code))", isMissing: code == ENOENT)
  }
}
