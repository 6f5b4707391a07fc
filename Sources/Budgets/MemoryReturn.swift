internal import CLinux
internal import Dispatch
internal import System

/// Gives memory that was freed back to the kernel: the allocator would keep it, in the arenas of the loops' threads. A walk
/// through the heap takes some milliseconds, on a thread of its own, so whoever asks has let go of much. Safe from any thread.
public final class MemoryReturn: Sendable {
  /// The process has one heap.
  public static let process = MemoryReturn()

  private let state = Lock(State())

  private struct State {
    /// Those who have asked and are to be told; empty where nothing is to be given back.
    var askers: [@Sendable () -> Void] = []
    var lastTime: DispatchTime?
    /// When memory is to be given back once more.
    var secondTime: DispatchTime?
  }

  /// What is let go together comes together.
  private static let delay = DispatchTimeInterval.seconds(1)
  /// However often somebody asks.
  private static let interval = DispatchTimeInterval.seconds(5)
  /// And once more, so much later: Dispatch ends a thread that was idle for 5 seconds, and until then the allocator's cache
  /// of that thread keeps small pieces in the midst of many pages.
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
