public import System

/// How many bytes have come, or gone, within the last `window` of the time that counts: time in which the clock stands is
/// nobody's fault. A plain value; what it takes for the window is at most an eighth longer.
public struct RecentSpeed: Sendable {
  /// Nanoseconds: the window has seven, and the eighth is the one under way.
  private let slice: Int64
  /// By slice; `SIMD8` as it lies within its owner and not in memory of its own.
  private var counts = SIMD8<UInt32>()
  /// Slices since the start, the one under way.
  private var current: Int64 = 0
  /// Moved on by the time in which the clock stood.
  private var start: MonotonicTime
  /// Since when the clock stands.
  private var stop: MonotonicTime?

  /// - Parameter now: from when on the time counts.
  public init(window: Duration, at now: MonotonicTime) {
    slice = max(1, window.wholeNanoseconds / 7)
    start = now
  }

  /// Lets the clock stand. Harmless where it does.
  public mutating func stopClock(at now: MonotonicTime) {
    if stop == nil { stop = now }
  }

  /// Lets the clock go on. Harmless where it goes.
  public mutating func startClock(at now: MonotonicTime) {
    guard let stop else { return }
    start = start + (now - stop)
    self.stop = nil
  }

  /// So many bytes have come.
  public mutating func note(_ count: Int, at now: MonotonicTime) {
    moveOn(to: now)
    let place = Int(current % 8)
    counts[place] = UInt32(clamping: UInt64(counts[place]) + UInt64(clamping: count))
  }

  /// Whether fewer than so many bytes a second have come within the last window. Not before there was a whole one.
  public mutating func isBelow(_ bytesPerSecond: Int, at now: MonotonicTime) -> Bool {
    moveOn(to: now)
    guard current >= 7 else { return false }
    var sum: UInt64 = 0
    for place in 0..<8 { sum += UInt64(counts[place]) }
    return Double(sum) < Double(bytesPerSecond) * Double(slice) * 7 / 1e9
  }

  /// When ``isBelow(_:at:)`` may next come to another answer.
  public func nextLook(after now: MonotonicTime) -> MonotonicTime {
    max(now + .nanoseconds(slice), start + .nanoseconds(7 * slice))
  }

  private mutating func moveOn(to now: MonotonicTime) {
    let age = ((stop ?? now) - start).wholeNanoseconds / slice
    guard age > current else { return }
    // Slices that nothing came in; after eight of them nothing is left.
    let passed = min(8, age - current)
    for step in 0..<passed { counts[Int((age - step) % 8)] = 0 }
    current = age
  }
}
