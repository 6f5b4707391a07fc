package import Access
package import Limits

/// A request that is not let in.
package struct LimitRefusal: Error, Equatable, Sendable {
  /// The limit that keeps it out for the longest time of all that do.
  package let excess: LimitExcess
  /// Whose limit it is.
  package let subject: LimitSubject
  /// What is left of all limits, one of a kind.
  package let standings: [LimitStanding]

  /// Why.
  package var reason: LimitExcess.Reason { excess.reason }
  /// Which limit.
  package var kind: LimitKind { excess.kind }
  /// How much there is.
  package var limit: Int { excess.limit }
  /// So long after the request all limits let it in, if nobody else comes, and no earlier. Nil where waiting does not help: of what
  /// never fits, and of a budget in all.
  package var retryAfter: Duration? { excess.wait.map { .nanoseconds($0) } }
  /// For people: `rate limit: 60 requests a minute`.
  package var text: String { excess.text }
  /// Whether clients should not try again by themselves.
  package var isFinal: Bool { reason == .budget || reason == .neverFits }
}
