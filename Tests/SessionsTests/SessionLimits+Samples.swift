@testable import Sessions

extension SessionLimits {
  /// Those of a registry that is not short of anything.
  init() {
    self.init(
      sessions: 10_000, totalBytes: 512 << 20, timeToLive: .seconds(86_400), contextMessages: 40,
      contextBytes: 256 << 10, grace: .seconds(30), retention: .seconds(60))
  }
}

extension SessionRegistry {
  init(clock: SessionClock = .system) { self.init(limits: SessionLimits(), clock: clock) }
}
