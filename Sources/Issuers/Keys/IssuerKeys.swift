package import JSONWebToken
package import System

/// What is known of an issuer, how old it is, and when it is asked again. A plain value: events in, decisions out.
///
/// Asked each hour while tokens come, and at a key that is not known: at once for a token that the issuer itself has handed over, and at
/// most each half minute for those that come from anywhere, so that tokens with keys that nobody has make no flood. What was known goes
/// on for a day where the issuer is away.
package struct IssuerKeys: Sendable {
  /// After this the next token has it asked, and does not wait for that.
  package static let freshFor = Duration.seconds(3600)
  /// As long it is used while the issuer cannot be asked.
  package static let keptFor = Duration.seconds(86_400)
  /// From one beginning of a question to the next of the same need.
  package static let pause = Duration.seconds(30)
  /// How long one may take.
  package static let patience = Duration.seconds(10)

  private var known: (document: IssuerDocument, keys: KeySet)?
  /// When the issuer has said it last.
  private var knownSince: MonotonicTime?
  private var askedAt: MonotonicTime?
  /// When it was asked last for a key that some token has named.
  private var askedForKeyAt: MonotonicTime?
  /// Whether it is asked now.
  package private(set) var isAsking = false
  /// Goes up with each answer.
  package private(set) var generation: UInt64 = 0

  /// Nothing is known.
  package init() {}

  /// What tokens are looked at by; nil: the issuer is away for too long, or was never there.
  package func keys(at now: MonotonicTime) -> KeySet? { current(at: now)?.keys }

  /// What it has said of itself.
  package func document(at now: MonotonicTime) -> IssuerDocument? { current(at: now)?.document }

  private func current(at now: MonotonicTime) -> (document: IssuerDocument, keys: KeySet)? {
    guard let knownSince, now - knownSince < Self.keptFor else { return nil }
    return known
  }

  /// Why somebody wants it asked.
  package enum Need: Equatable, Sendable {
    /// A token has come, and may be looked at by what is known.
    case use
    /// A token has come from anywhere whose key is not among those that are known.
    case newKey
    /// A token's key is not among those that are known, and it came of the issuer itself, then: it cannot be made up, and costs one
    /// question at most.
    case handedOver(at: MonotonicTime)
  }

  /// What is done about it.
  package enum Decision: Equatable, Sendable {
    /// Nothing: what is known is all that there is for now.
    case proceed
    /// The issuer is asked by who has got this, and nobody waits for it.
    case ask
    /// The issuer is asked by who has got this, and waited for.
    case askAndWait
    /// Somebody else has asked it, and is waited for.
    case wait
  }

  /// Decides whether it is asked. After ``Decision/ask`` and ``Decision/askAndWait`` comes exactly one of ``learn(_:_:at:)`` and
  /// ``fail()``.
  package mutating func decide(_ need: Need, at now: MonotonicTime) -> Decision {
    let has = current(at: now) != nil
    let isFresh = knownSince.map { now - $0 < Self.freshFor } ?? false
    if need == .use && has && isFresh { return .proceed }
    let waits = need != .use || !has
    if isAsking { return waits ? .wait : .proceed }
    guard isDue(need, at: now) else { return .proceed }
    isAsking = true
    askedAt = now
    if case .newKey = need { askedForKeyAt = now }
    return waits ? .askAndWait : .ask
  }

  private func isDue(_ need: Need, at now: MonotonicTime) -> Bool {
    switch need {
    case .use: askedAt.map { now - $0 >= Self.pause } ?? true
    case .newKey: askedForKeyAt.map { now - $0 >= Self.pause } ?? true
    // What is known may be older than it.
    case .handedOver(let time): askedAt.map { $0 < time } ?? true
    }
  }

  /// The issuer has said this.
  package mutating func learn(_ document: IssuerDocument, _ keys: KeySet, at now: MonotonicTime) {
    known = (document, keys)
    knownSince = now
    isAsking = false
    generation &+= 1
  }

  /// The issuer was away, too slow, or has said nothing of use.
  package mutating func fail() { isAsking = false }
}
