public import System

/// The last event of a generation.
public struct GenerationEnd: Equatable, Sendable {
  public let outcome: GenerationOutcome
  public let timestamp: Timestamp

  public init(outcome: GenerationOutcome, timestamp: Timestamp) {
    self.outcome = outcome
    self.timestamp = timestamp
  }
}
