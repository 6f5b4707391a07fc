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

/// Makes a system call that answers -1 on failure, again as long as a signal interrupts it (`EINTR`).
///
/// - Returns: the call's result, or nil where it would block (`EAGAIN`).
@discardableResult
public func systemCall<Value: SignedInteger>(
  _ name: StaticString, _ body: () -> Value
) throws(SystemCallError) -> Value? {
  while true {
    let value = body()
    if value != -1 { return value }
    switch errno {
    case EINTR: continue
    case EAGAIN: return nil
    case let code: throw SystemCallError(call: "\(name)", code: code)
    }
  }
}
