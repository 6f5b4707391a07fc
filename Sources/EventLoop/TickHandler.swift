/// What a loop does in every tick: see ``EventLoop/addTickHandler(_:)``. Lives on its loop's thread.
///
/// Its action may refer to its owner without owning it, and without a weak reference, which would make each use of the
/// owner slower: the owner cancels it before it goes.
public final class TickHandler {
  private unowned let loop: EventLoop
  private let action: () -> Bool
  private var isCancelled = false

  init(loop: EventLoop, action: @escaping () -> Bool) {
    self.loop = loop
    self.action = action
  }

  /// It is not called any more, even in the tick under way. May be called twice.
  public func cancel() {
    guard !isCancelled else { return }
    isCancelled = true
    loop.remove(self)
  }

  func run() -> Bool { !isCancelled && action() }
}
