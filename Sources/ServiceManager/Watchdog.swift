/// The watchdog that the service manager has set for this process: sd_watchdog_enabled(3).
public struct Watchdog: Sendable, Equatable {
  /// Without a sign of life for so long, the manager ends the service.
  public let limit: Duration

  /// Nil where there is none, or it is meant for another process.
  ///
  /// - Parameter process: this process's id.
  public init?(environment: [String: String], process: Int32) {
    guard let text = environment["WATCHDOG_USEC"], let microseconds = Int64(text), microseconds > 0 else {
      return nil
    }
    if let owner = environment["WATCHDOG_PID"], Int32(owner) != process { return nil }
    limit = .microseconds(microseconds)
  }

  /// How often to give a sign of life: three times within the limit, so that one may come late.
  public var interval: Duration { limit / 3 }
}
