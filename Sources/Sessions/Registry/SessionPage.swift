/// A part of the list of sessions, latest first.
public struct SessionPage: Equatable, Sendable {
  /// The sessions of the part.
  public let sessions: [SessionSummary]
  /// How many the whole list has.
  public let total: Int
}
