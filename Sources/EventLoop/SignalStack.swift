internal import Glibc

/// A stack of its own for what a signal calls on this thread, where the thread's has no room left: an overflow of it could
/// not be told of otherwise (sigaltstack(2)). To be made and to go on the thread that has it.
public struct SignalStack: ~Copyable {
  private let memory: UnsafeMutableRawPointer

  /// Bytes: the kernel puts all registers there (11 KiB with the largest of today's), and walking a stack takes some 4 KiB.
  private static let size = 64 * 1024

  /// Makes the stack and has the calling thread use it.
  public init() {
    memory = .allocate(byteCount: SignalStack.size, alignment: 16)
    var stack = stack_t(ss_sp: memory, ss_flags: 0, ss_size: SignalStack.size)
    // It fails for a stack that is too small alone.
    sigaltstack(&stack, nil)
  }

  deinit {
    var none = stack_t(ss_sp: nil, ss_flags: Int32(SS_DISABLE), ss_size: 0)
    sigaltstack(&none, nil)
    memory.deallocate()
  }
}
