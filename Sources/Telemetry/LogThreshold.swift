public import Logging
internal import Synchronization

/// The least level that the program logs, for all its loggers: it can change while they are in use. Safe from any thread.
public final class LogThreshold: Sendable {
  /// The place of the level in the order of ``Logger/Level``.
  private let place: Atomic<Int>

  /// - Parameter level: of the least important lines that are logged.
  public init(_ level: Logger.Level) { place = Atomic(LogThreshold.place(of: level)) }

  /// Of the least important lines that are logged. Any thread.
  public var level: Logger.Level {
    get { Logger.Level.allCases[place.load(ordering: .relaxed)] }
    set { place.store(LogThreshold.place(of: newValue), ordering: .relaxed) }
  }

  private static func place(of level: Logger.Level) -> Int {
    Logger.Level.allCases.firstIndex(of: level) ?? 0
  }
}
