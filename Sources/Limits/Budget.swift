/// How much may be used in a window of the calendar, or in all.
///
/// A request that begins before the budget is used up may go beyond it: a budget holds from the next request on.
public struct Budget: Hashable, Sendable {
  /// What is counted.
  public enum Unit: String, CaseIterable, Sendable {
    /// Tokens of prompts and responses, as Ollama counts them.
    case tokens
    /// Seconds that a server was at work for it: `prompt_eval_duration` and `eval_duration`.
    case gpuSeconds = "gpu_seconds"
  }

  /// What is counted.
  public var unit: Unit
  /// How long it holds.
  public var period: CalendarPeriod
  /// Of the unit, in ``LimitSet/range``.
  public var amount: Int

  /// - Parameter amount: in ``LimitSet/range``.
  public init(unit: Unit, period: CalendarPeriod, amount: Int) {
    self.unit = unit
    self.period = period
    self.amount = amount
  }
}
