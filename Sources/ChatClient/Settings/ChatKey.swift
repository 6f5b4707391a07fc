internal import Bytes
internal import Glibc
internal import System

/// What a gateway, or a proxy in front of it, knows the caller by: it goes along as `Authorization: Bearer` (RFC 6750).
public struct ChatKey: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
  /// Why there is no key: one sentence without its end, which holds nothing of it.
  public struct MalformedError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, for people, on one line; nothing of the key.
    public let description: String
  }

  /// Bytes of a key.
  public static let limit = 4096

  let text: String

  /// Takes a key, with white space around it or without.
  ///
  /// - Throws: where it is empty, longer than ``limit`` or has anything but visible ASCII characters.
  public init(_ text: String) throws(MalformedError) {
    let key = text.utf8.trimmed(ASCII.isWhiteSpace)
    guard !key.isEmpty else { throw MalformedError(description: "there is no key in it") }
    guard key.count <= ChatKey.limit else {
      throw MalformedError(description: "a key has at most \(ChatKey.limit) bytes")
    }
    guard key.allSatisfy(ASCII.isVisible) else {
      throw MalformedError(
        description: "a key takes visible ASCII characters, in one line and without blanks")
    }
    self.text = String(decoding: key, as: UTF8.self)
  }

  /// Reads a key from a file, or from a pipe. Blocks.
  ///
  /// - Throws: also where everybody may read the file, or others may write it.
  public init(file path: String) throws(MalformedError) {
    try self.init(String(decoding: ChatKey.content(of: path), as: UTF8.self))
  }

  private static func content(of path: String) throws(MalformedError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { throw failure(errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure(errno) }
    let isRegular = status.st_mode & S_IFMT == S_IFREG
    guard !isRegular || status.st_mode & 0o026 == 0 else {
      let mode = String(status.st_mode & 0o777, radix: 8)
      throw MalformedError(description: "others may read or write it (its mode is \(mode)): chmod 600 it")
    }
    // White space around the key is none of it.
    do {
      return try BlockingIO.readAll(descriptor, limit: limit + 64)
    } catch {
      throw failure(error.code)
    }
  }

  private static func failure(_ code: Int32) -> MalformedError {
    MalformedError(description: "cannot read it: \(SystemCallError.reason(of: code))")
  }

  /// Nothing of it, for it might be printed.
  public var description: String { "a key" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
