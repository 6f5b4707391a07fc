/// How much of a limit is left.
public struct LimitStanding: Equatable, Sendable {
  /// Which limit.
  public let kind: LimitKind
  /// How much there is.
  public let limit: Int
  /// How much is left, 0 or more.
  public let remaining: Int
  /// How long until nothing of it is used; of a window of the calendar, until the next one begins. Nil where no time is known: of
  /// places, which come back when others leave, and of a budget in all.
  public let fullAgain: Duration?

  /// - Parameter remaining: 0 or more.
  public init(kind: LimitKind, limit: Int, remaining: Int, fullAgain: Duration?) {
    self.kind = kind
    self.limit = limit
    self.remaining = remaining
    self.fullAgain = fullAgain
  }
}
