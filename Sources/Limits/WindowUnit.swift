/// What is counted in windows of the calendar.
public enum WindowUnit: String, CaseIterable, Sendable {
  /// Requests: of a limit a day.
  case requests
  /// Tokens: of a limit a day, and of budgets.
  case tokens
  /// Seconds of work, of budgets; they are counted in microseconds.
  case gpuSeconds = "gpu_seconds"

  /// That of a budget.
  public init(_ unit: Budget.Unit) {
    switch unit {
    case .tokens: self = .tokens
    case .gpuSeconds: self = .gpuSeconds
    }
  }

  /// What a limit of so many comes to in what is counted; where that does not fit, the most that does.
  func counted(_ limit: Int) -> Int64 {
    let limit = Int64(Rate.clamp(limit))
    guard self == .gpuSeconds else { return limit }
    let (product, overflow) = limit.multipliedReportingOverflow(by: 1_000_000)
    return overflow ? .max : product
  }

  /// What so much that was counted comes to in the unit of a limit, rounded down.
  func told(_ count: Int64) -> Int { Int(self == .gpuSeconds ? count / 1_000_000 : count) }
}
