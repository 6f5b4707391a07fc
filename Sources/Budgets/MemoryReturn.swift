internal import CLinux
internal import Dispatch
internal import System

/// Gives freed memory back to the kernel; the allocator would keep it in the arenas of the loops' threads.
///
/// It takes a walk through the heap, of some milliseconds, on a thread of its own. So it is to be asked for only where much
/// memory was freed. Safe from any thread.
public final class MemoryReturn: Sendable {
  /// The only one: the process has one heap.
  public static let process = MemoryReturn()

  private let state = Lock(State())

  private struct State {
    /// What is called once memory was given back: one closure for each call that waits. Empty while none waits.
    var askers: [@Sendable () -> Void] = []
    var lastTime: DispatchTime?
    /// When the second walk of the last call is due.
    var secondTime: DispatchTime?
  }

  /// From a call to the walk: memory that is freed meanwhile goes back by the same walk.
  private static let delay = DispatchTimeInterval.seconds(1)
  /// The least time between two walks, however many calls come.
  private static let interval = DispatchTimeInterval.seconds(5)
  /// From a walk to the second one. Dispatch ends a thread that was idle for 5 seconds; until then the allocator's cache of
  /// that thread holds small pieces within many pages, which cannot go back.
  private static let secondDelay = DispatchTimeInterval.seconds(10)

  /// Sees to it that memory is given back soon.
  ///
  /// - Parameter tell: called then, on another thread, before the memory is given back.
  public func ask(_ tell: @escaping @Sendable () -> Void) {
    let time = state.withLock { state -> DispatchTime? in
      state.askers.append(tell)
      guard state.askers.count == 1 else { return nil }
      let soon = DispatchTime.now() + MemoryReturn.delay
      return state.lastTime.map { max(soon, $0 + MemoryReturn.interval) } ?? soon
    }
    guard let time else { return }
    DispatchQueue.global(qos: .utility).asyncAfter(deadline: time) { self.giveBack() }
  }

  private func giveBack() {
    let now = DispatchTime.now()
    let later = now + MemoryReturn.secondDelay
    let (askers, isFirst) = state.withLock { state in
      defer {
        state.askers = []
        state.lastTime = now
        state.secondTime = later
      }
      return (state.askers, state.secondTime == nil)
    }
    for tell in askers { tell() }
    malloc_trim(0)
    if isFirst { giveBack(at: later) }
  }

  private func giveBack(at time: DispatchTime) {
    DispatchQueue.global(qos: .utility).asyncAfter(deadline: time) {
      // Put off where more was let go since.
      let later = self.state.withLock { state in
        if state.secondTime == time { state.secondTime = nil }
        return state.secondTime
      }
      if let later { self.giveBack(at: later) } else { malloc_trim(0) }
    }
  }
}
