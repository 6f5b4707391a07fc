public import System

/// The last event of a generation.
public struct GenerationEnd: Equatable, Sendable {
  /// How it ended.
  public let outcome: GenerationOutcome
  /// When.
  public let timestamp: Timestamp

  /// An end of this kind.
  public init(outcome: GenerationOutcome, timestamp: Timestamp) {
    self.outcome = outcome
    self.timestamp = timestamp
  }
}
