public import System

/// The two clocks of the registry: one to show, one to measure with. Tests bring their own.
public struct SessionClock: Sendable {
  /// The time of day, to show.
  public var timestamp: @Sendable () -> Timestamp
  /// The time to measure with.
  public var monotonic: @Sendable () -> MonotonicTime
  /// Whether it goes by itself, so that sweeps can be timed by it; with any other, sweeps are the test's to make.
  public var isRealTime: Bool

  /// A clock of a test, or ``system``.
  public init(
    timestamp: @escaping @Sendable () -> Timestamp, monotonic: @escaping @Sendable () -> MonotonicTime,
    isRealTime: Bool
  ) {
    self.timestamp = timestamp
    self.monotonic = monotonic
    self.isRealTime = isRealTime
  }

  /// The machine's own clocks.
  public static let system = SessionClock(timestamp: { .now }, monotonic: { .now }, isRealTime: true)
}
