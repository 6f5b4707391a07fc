/// A value that belongs to one loop's thread, on its way through code that the compiler knows nothing of: a C
/// callback, another thread's closure. It can be carried anywhere and opened on its loop only.
///
/// `@unchecked Sendable`: ``value`` traps on every thread but the loop's. Where the last reference to the value is
/// dropped is the caller's care: a value whose `deinit` minds the thread must have another owner there.
public struct LoopBound<Value>: @unchecked Sendable {
  public let loop: EventLoop
  @usableFromInline let bound: Value

  // Both are inlined: a generic type of another module would be looked up at run time, for each request.

  /// On `loop`'s thread.
  @inlinable
  public init(_ value: Value, to loop: EventLoop) {
    loop.preconditionCurrent()
    self.loop = loop
    bound = value
  }

  /// On the loop's thread.
  @inlinable
  public var value: Value {
    loop.preconditionCurrent()
    return bound
  }
}
