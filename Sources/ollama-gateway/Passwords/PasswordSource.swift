import ArgumentParser
import Glibc
import Passwords
import System

/// Where a password comes from: never an argument, which all users of the machine can read.
enum PasswordSource {
  /// Bytes of a file with one.
  private static let limit = 4096

  /// The password in a file, or on standard input: its first line, to the last byte.
  ///
  /// - Parameter path: `-` is standard input.
  static func read(_ path: String) throws -> String {
    let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw ValidationError("\(path): \(String(cString: strerror(errno)))")
    }
    defer { if descriptor != STDIN_FILENO { close(descriptor) } }
    guard let bytes = try? BlockingIO.readAll(descriptor, limit: limit) else {
      throw ValidationError("\(path): takes a file with one password, of at most \(limit) bytes")
    }
    return try line(of: bytes, path)
  }

  /// - Parameter path: for what is said of it.
  static func line(of bytes: [UInt8], _ path: String) throws -> String {
    var line = bytes[...]
    // The end of the line is none of the password; a blank is.
    if line.last == UInt8(ascii: "\n") { line = line.dropLast() }
    if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
    guard !line.isEmpty, !line.contains(UInt8(ascii: "\n")),
      let text = String(validating: line, as: UTF8.self)
    else { throw ValidationError("\(path): takes a file with one password, on one line, in UTF-8") }
    return text
  }

  /// Asks for a new one at the terminal, twice; reads standard input where that is none.
  static func asked(for name: String) throws -> String {
    guard isatty(STDIN_FILENO) == 1 else { return try read("-") }
    guard let prompt = PasswordPrompt() else {
      throw ValidationError("there is no terminal to ask at: use --password-file")
    }
    defer { prompt.close() }
    let text = try prompt.ask("New password of \(name): ")
    try check(text)
    guard text.utf8.elementsEqual(try prompt.ask("The same again: ").utf8) else {
      throw ValidationError("they are not the same")
    }
    return text
  }

  /// - Throws: what is wrong with a password that somebody is to get.
  static func check(_ password: String) throws {
    if let fault = PasswordRule.fault(of: password) { throw ValidationError("\(fault.sentence)") }
  }

  /// Hashes one that was checked. Blocks for a quarter of a second.
  static func hash(_ password: String) throws -> PasswordHash {
    try check(password)
    guard let hash = PasswordHash.make(password) else {
      throw ValidationError("the system's libcrypt cannot hash it: is there bcrypt?")
    }
    return hash
  }
}
