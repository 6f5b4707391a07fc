/// What a loop does at the end of a tick for which it was asked: see ``EventLoop/makeTickHandler(_:)``. Lives on its loop's thread.
///
/// Its action may refer to its owner without owning it, and without a weak reference, which would make each use of the
/// owner slower: the owner cancels it before it goes.
public final class TickHandler {
  private unowned let loop: EventLoop
  private let action: () -> Void
  private var isRequested = false
  private var isCancelled = false

  init(loop: EventLoop, action: @escaping () -> Void) {
    self.loop = loop
    self.action = action
  }

  /// Has the loop call it once more before it sleeps. On the loop's thread; of several requests the first counts.
  public func request() {
    guard !isRequested, !isCancelled else { return }
    isRequested = true
    loop.add(requested: self)
  }

  /// It is not called any more, even in the tick under way. May be called twice.
  public func cancel() { isCancelled = true }

  func run() {
    isRequested = false
    if !isCancelled { action() }
  }
}
