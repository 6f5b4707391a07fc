/// Figures of the registry, for metrics.
public struct SessionCounts: Equatable, Sendable {
  public var sessions = 0
  /// Bytes of all histories.
  public var bytes = 0
  /// Those who hear of a session's generations: WebSockets that have joined one.
  public var listeners = 0
  public var runningTurns = 0
  public var waitingTurns = 0
  /// Sessions that went for lack of room, and of old age, since the start.
  public var evicted = 0
  public var expired = 0
}
