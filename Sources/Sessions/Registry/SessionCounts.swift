/// Figures of the registry, for metrics.
public struct SessionCounts: Equatable, Sendable {
  /// Sessions in the table.
  public var sessions = 0
  /// Bytes of all histories.
  public var bytes = 0
  /// Those who hear of a session's generations: WebSockets that have joined one.
  public var listeners = 0
  /// Turns that run.
  public var runningTurns = 0
  /// Turns that wait for their place.
  public var waitingTurns = 0
  /// Sessions that went for lack of room, since the start.
  public var evicted = 0
  /// Sessions that went of old age, since the start.
  public var expired = 0
}
