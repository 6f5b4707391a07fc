package import Limits

/// One thing that is changed about somebody's limits; what none names stays.
package enum LimitStep: Sendable {
  /// Nothing is limited.
  case clear
  /// A limit of one number; nil takes it away.
  case number(any WritableKeyPath<LimitSet, Int?> & Sendable, Int?)
  /// All budgets at once.
  case budgets([Budget])

  /// Does it.
  package func apply(to limits: inout LimitSet) {
    switch self {
    case .clear: limits = .none
    case .number(let path, let number): limits[keyPath: path] = number
    case .budgets(let budgets): limits.budgets = budgets
    }
  }
}
