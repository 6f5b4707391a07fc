import ArgumentParser
import Glibc
import System

/// A file that has a key: never an argument, which all users of the machine can read.
enum KeyFile {
  private static let limit = 4096

  /// The key in it, without the white space around it.
  ///
  /// - Parameter path: `-` is standard input.
  static func read(_ path: String) throws -> String {
    let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw ValidationError("\(path): \(String(cString: strerror(errno)))")
    }
    defer { if descriptor != STDIN_FILENO { close(descriptor) } }
    guard let bytes = try? BlockingIO.readAll(descriptor, limit: limit) else {
      throw ValidationError("\(path): takes a file with one key, of at most \(limit) bytes")
    }
    return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}
