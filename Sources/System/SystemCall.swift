internal import Glibc

/// Makes a system call that returns -1 on failure, again as long as a signal interrupts it (`EINTR`).
///
/// Inlined, as the loops' own calls go through it: unspecialized code would handle `Value` by its witnesses.
///
/// - Parameter name: the call's name, as its man page has it.
/// - Returns: the call's result, or nil where it would block (`EAGAIN`).
@discardableResult
@inlinable
public func systemCall<Value: SignedInteger>(
  _ name: StaticString, _ body: () -> Value
) throws(SystemCallError) -> Value? {
  while true {
    let value = body()
    if value != -1 { return value }
    guard try wasInterrupted(name) else { return nil }
  }
}

/// What has become of a call that has failed just now: false where it would block.
@usableFromInline
func wasInterrupted(_ name: StaticString) throws(SystemCallError) -> Bool {
  switch errno {
  case EINTR: return true
  case EAGAIN: return false
  case let code: throw SystemCallError(call: "\(name)", code: code)
  }
}
