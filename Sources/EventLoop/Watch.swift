public import System

/// A descriptor that an ``EventLoop`` watches. Lives on its loop's thread.
///
/// The descriptor stays its owner's: the loop never closes it.
public final class Watch {
  /// What is watched. It stays its owner's.
  public let descriptor: Int32
  /// Tells this watch from an earlier one in the same slot, whose events may still be in flight.
  let token: UInt64
  let handler: (IOEvents) -> Void
  private(set) var events: IOEvents
  private unowned let loop: EventLoop
  private var isActive = true

  init(
    loop: EventLoop, descriptor: Int32, token: UInt64, events: IOEvents,
    handler: @escaping (IOEvents) -> Void
  ) {
    self.loop = loop
    self.descriptor = descriptor
    self.token = token
    self.events = events
    self.handler = handler
  }

  /// Changes what the descriptor is watched for.
  public func update(_ events: IOEvents) throws(SystemCallError) {
    precondition(isActive, "the watch has ended")
    guard events != self.events else { return }
    try loop.modify(self, events: events)
    self.events = events
  }

  /// Ends the watch of a descriptor that stays open.
  public func cancel() {
    guard isActive else { return }
    isActive = false
    loop.remove(self, fromKernel: true)
  }

  /// Ends the watch of a descriptor that its owner closes right after: closing takes it out of the epoll set,
  /// and that saves a system call.
  public func cancelBeforeClose() {
    guard isActive else { return }
    isActive = false
    loop.remove(self, fromKernel: false)
  }
}
