package import Access
internal import Bytes
package import System

/// A browser on its way to the issuer's pages and back: what it must bring back, and what belongs to it.
package struct IssuerJourney: Equatable, Sendable {
  /// Comes back in the query: whoever has not begun the journey does not know it (RFC 6749 section 10.12).
  package let state: String
  /// Comes back in the token that says who it is (OpenID Connect Core, section 3.1.2.1).
  package let nonce: String
  /// Shows the issuer that the code is used by who has asked for it (RFC 7636).
  package let verifier: String
  /// Where it leads in the end: a path of the gateway's own.
  package let next: String

  /// A new one.
  package init(next: String) {
    self.init(
      state: IssuerJourney.secret(), nonce: IssuerJourney.secret(), verifier: IssuerJourney.secret(),
      next: next)
  }

  init(state: String, nonce: String, verifier: String, next: String) {
    self.state = state
    self.nonce = nonce
    self.verifier = verifier
    self.next = next
  }

  /// 256 random bits, in 43 digits of base 64 for URLs.
  private static func secret() -> String {
    var generator = SystemRandomNumberGenerator()
    return Base64URL.text(of: (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) })
  }

  /// Whether a path is one to lead to: of the gateway's own, and nothing that a browser takes for another host.
  package static func leads(to path: String) -> Bool {
    let bytes = path.utf8
    guard bytes.count <= 1024, bytes.first == UInt8(ascii: "/") else { return false }
    let second = bytes.dropFirst().first
    return second != UInt8(ascii: "/") && second != UInt8(ascii: "\\")
      && bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }
  }
}

/// The secrets are nowhere by accident.
extension IssuerJourney: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "a journey to the issuer" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}

/// The journeys that are under way, each by the cookie of its browser. A plain value: events in, verdicts out.
package struct IssuerJourneys: Sendable {
  /// How long one may take.
  package static let time = Duration.seconds(600)
  /// How many are under way; of more the oldest is forgotten.
  static let limit = 10_000

  private struct Entry {
    let journey: IssuerJourney
    let endsAt: MonotonicTime
    let number: UInt64
  }

  private var entries: [SecretDigest: Entry] = [:]
  /// In the order of their beginnings; those that have ended are in it yet.
  private var order: [(cookie: SecretDigest, number: UInt64)] = []
  private var next: UInt64 = 0
  private let capacity: Int

  /// None.
  package init() { self.init(capacity: Self.limit) }

  init(capacity: Int) { self.capacity = max(1, capacity) }

  /// How many are under way, or were and nobody has come back from.
  var count: Int { entries.count }

  /// A browser sets out.
  ///
  /// - Parameter cookie: the one that it gets for it.
  package mutating func begin(_ journey: IssuerJourney, by cookie: UserCookie, at now: MonotonicTime) {
    while let first = order.first {
      let entry = entries[first.cookie]
      let isCurrent = entry?.number == first.number
      guard !isCurrent || entry.map({ $0.endsAt <= now }) ?? true || entries.count >= capacity else { break }
      if isCurrent { entries[first.cookie] = nil }
      order.removeFirst()
    }
    // Those that have ended may stand behind one that goes on.
    if order.count >= 2 * capacity { order.removeAll { entries[$0.cookie]?.number != $0.number } }
    entries[cookie.digest] = Entry(journey: journey, endsAt: now + Self.time, number: next)
    order.append((cookie.digest, next))
    next &+= 1
  }

  /// A browser comes back. Each journey ends once.
  ///
  /// - Parameters:
  ///   - cookies: those that it shows.
  ///   - state: what it brings.
  /// - Returns: nil where it has not set out, is too late, was here before, or brings another's.
  package mutating func end(
    by cookies: [UserCookie], state: String, at now: MonotonicTime
  ) -> IssuerJourney? {
    for cookie in cookies {
      guard let entry = entries.removeValue(forKey: cookie.digest), now < entry.endsAt,
        Self.isSame(entry.journey.state, state)
      else { continue }
      return entry.journey
    }
    return nil
  }

  /// How long it takes tells nothing of where they differ.
  private static func isSame(_ left: String, _ right: String) -> Bool {
    guard left.utf8.count == right.utf8.count else { return false }
    return zip(left.utf8, right.utf8).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
