/// What became of sessions that somebody takes over.
public struct SessionAdoption: Equatable, Sendable {
  /// As many are theirs now.
  public var adopted = 0
  /// As many stay as they were: a turn runs or waits in them, or there are more than one call takes over.
  public var remaining = 0

  /// Nothing was there.
  public init() {}
}
