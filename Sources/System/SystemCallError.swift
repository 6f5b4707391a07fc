internal import Glibc

/// A system call that failed.
public struct SystemCallError: Error, CustomStringConvertible {
  /// The call's name, as its man page has it.
  public let call: String
  /// The value of `errno`.
  public let code: Int32

  public init(call: String, code: Int32) {
    self.call = call
    self.code = code
  }

  public var description: String { "\(call): \(String(cString: strerror(code)))" }
}
