public import EventLoop

/// The two clocks of the registry: one to show, one to measure with. Tests bring their own.
public struct SessionClock: Sendable {
  public var timestamp: @Sendable () -> Timestamp
  public var monotonic: @Sendable () -> MonotonicTime

  public init(
    timestamp: @escaping @Sendable () -> Timestamp, monotonic: @escaping @Sendable () -> MonotonicTime
  ) {
    self.timestamp = timestamp
    self.monotonic = monotonic
  }

  public static let system = SessionClock(timestamp: { .now }, monotonic: { .now })
}
