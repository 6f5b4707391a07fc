import EventLoop

/// A subscription as the log knows it.
///
/// `@unchecked Sendable`: `isWakePending`, `toldWait` and `tellsTexts` are guarded by the lock of the log; `isCancelled` belongs to the
/// subscription's loop, where both ``fire()``'s work and the cancelling happen.
final class Subscriber: @unchecked Sendable {
  let loop: EventLoop
  private let wake: @Sendable () -> Void

  /// It was woken and has not read everything since.
  var isWakePending = true
  /// Which of the waits it was told last; see ``EventLogState/waitNumber``.
  var toldWait = 0
  /// Whether it is told texts, and not the end alone that has all of them: see ``RestoredLog``.
  var tellsTexts = true
  var isCancelled = false

  init(loop: EventLoop, wake: @escaping @Sendable () -> Void) {
    self.loop = loop
    self.wake = wake
  }

  /// Wakes it: at once on its own loop, through the mailbox from elsewhere.
  func fire() {
    if loop.isCurrent {
      wakeIfWanted()
    } else {
      loop.execute { self.wakeIfWanted() }
    }
  }

  private func wakeIfWanted() {
    if !isCancelled { wake() }
  }
}
