internal import System

/// So much in a window that glides: 60 in a minute.
public struct Rate: Equatable, Sendable {
  /// How much a window, in ``LimitSet/range``.
  public let amount: Int
  /// How much at once, in ``LimitSet/range``.
  public let burst: Int
  /// The window, in nanoseconds: one to those of a day.
  public let window: Int64

  /// The nearest rate that there is.
  ///
  /// - Parameters:
  ///   - amount: how much a window.
  ///   - window: a day at most.
  ///   - burst: how much at once; nil: as much as a window.
  public init(_ amount: Int, in window: Duration, burst: Int? = nil) {
    self.amount = Rate.clamp(amount)
    self.burst = Rate.clamp(burst ?? amount)
    self.window = min(max(window.wholeNanoseconds, 1), 86_400_000_000_000)
  }

  /// So much a minute, and as much at once.
  public static func minutely(_ amount: Int) -> Rate { Rate(amount, in: .seconds(60)) }

  static func clamp(_ amount: Int) -> Int {
    min(max(amount, LimitSet.range.lowerBound), LimitSet.range.upperBound)
  }
}
