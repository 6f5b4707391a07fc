/// A limit that a request goes beyond, and how long it does.
public struct LimitExcess: Equatable, Sendable {
  /// What kind of refusal it is.
  public enum Reason: Sendable {
    /// Too much in a time.
    case rate
    /// Too many at a time.
    case places
    /// A budget is used up.
    case budget
    /// The prompt alone is more than there ever is at once.
    case neverFits
  }

  /// Which limit.
  public let kind: LimitKind
  /// How much there is.
  public let limit: Int
  /// Why.
  public let reason: Reason
  /// In nanoseconds: so long after now this limit lets the request in, if nobody else comes, and no earlier. Nil where waiting does not
  /// help. When a place becomes free nobody knows: a second.
  public let wait: Int64?

  init(_ kind: LimitKind, _ limit: Int, _ reason: Reason, wait: Int64?) {
    self.kind = kind
    self.limit = limit
    self.reason = reason
    self.wait = wait
  }

  /// Whether it says more than another: what never fits before all, then what lasts longer. Who waits for the longest is let in
  /// by all.
  public func outweighs(_ other: LimitExcess) -> Bool {
    if (reason == .neverFits) != (other.reason == .neverFits) { return reason == .neverFits }
    guard let wait else { return other.wait != nil }
    guard let otherWait = other.wait else { return false }
    return wait > otherWait
  }

  /// For people: `rate limit: 60 requests a minute`.
  public var text: String {
    switch (reason, kind) {
    case (.neverFits, _): "the prompt is larger than the rate limit of \(kind.words(limit))"
    case (.budget, .budget(_, .total)): "the budget is used up"
    case (.budget, .budget(_, .day)): "budget of this day is used up"
    case (.budget, .budget(_, .week)): "budget of this week is used up"
    case (.budget, .budget(_, .month)): "budget of this month is used up"
    default: "rate limit: \(kind.words(limit))"
    }
  }
}
