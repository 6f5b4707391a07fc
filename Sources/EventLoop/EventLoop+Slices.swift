internal import System

extension EventLoop {
  /// Does a slice of long work, of well under a millisecond, in a later tick: all that wait share about four milliseconds of each
  /// tick, in their order, and between two ticks the loop looks at its sockets. What has more to do asks again. On the loop's
  /// thread; dropped where the loop ends before.
  public func share(_ slice: @escaping () -> Void) {
    preconditionCurrent()
    slices.append(slice)
  }

  /// Whether work on so many bytes may be done without ``share(_:)``: on a few KiB, while the tick has not done too much of that
  /// already. Asks no clock.
  public func takesAtOnce(bytes: Int) -> Bool { slices.takesAtOnce(bytes) }

  func runSlices() {
    slices.beginTick(at: now)
    var time = now
    while let slice = slices.next(at: time) {
      slice()
      time = .now
    }
  }
}
