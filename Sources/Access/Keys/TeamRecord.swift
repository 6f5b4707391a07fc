public import Limits
public import System

/// A team: its keys share its limits, and have at most its models.
public struct TeamRecord: Equatable, Sendable {
  public let name: TeamName
  /// What all its keys together may use.
  public var limits: LimitSet
  /// The models that its keys may use, as far as these may. Nil: all; empty: none.
  public var models: ModelRules?
  /// When it was made.
  public var createdAt: Timestamp

  /// See the properties.
  public init(name: TeamName, limits: LimitSet = .none, models: ModelRules? = nil, createdAt: Timestamp) {
    self.name = name
    self.limits = limits
    self.models = models
    self.createdAt = createdAt
  }
}
