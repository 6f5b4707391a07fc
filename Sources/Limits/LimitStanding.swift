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

  /// Of several of one kind, as a key and its team have, the one of which less is left; in the order of the first.
  public static func tightest(_ standings: [LimitStanding]) -> [LimitStanding] {
    var result: [LimitStanding] = []
    result.reserveCapacity(standings.count)
    for standing in standings {
      if let place = result.firstIndex(where: { $0.kind == standing.kind }) {
        if standing.remaining < result[place].remaining { result[place] = standing }
      } else {
        result.append(standing)
      }
    }
    return result
  }
}
