internal import Glibc

/// A system call that failed.
public struct SystemCallError: Error, CustomStringConvertible {
  /// The call's name, as its man page has it.
  public let call: String
  /// The value of `errno`.
  public let code: Int32

  /// - Parameters:
  ///   - call: the call's name, as its man page has it.
  ///   - code: the value of `errno`.
  public init(call: String, code: Int32) {
    self.call = call
    self.code = code
  }

  /// The call and the system's words: `open: Permission denied`.
  public var description: String { "\(call): \(reason)" }

  /// What the code means, in the system's words.
  package var reason: String { SystemCallError.reason(of: code) }

  /// "Permission denied" for `EACCES`, and so on (strerror_r(3): safe on any thread).
  package static func reason(of code: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
