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
  ///
  /// - Parameter base: the gateway's base path without a slash at the end, empty at the root.
  package static func leads(to path: String, under base: String) -> Bool {
    let bytes = path.utf8
    guard bytes.count <= 1024, bytes.first == UInt8(ascii: "/") else { return false }
    let second = bytes.dropFirst().first
    guard second != UInt8(ascii: "/") && second != UInt8(ascii: "\\"),
      bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") })
    else { return false }
    let plain = bytes.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
    // By such a segment, which may be escaped, a browser would leave the base path.
    let leaves = plain.split(separator: UInt8(ascii: "/")).contains { segment in
      let text = String(decoding: segment, as: UTF8.self).lowercased().replacing("%2e", with: ".")
      return text == "." || text == ".."
    }
    guard !leaves, plain.starts(with: base.utf8) else { return false }
    let rest = plain.dropFirst(base.utf8.count)
    return rest.isEmpty || rest.first == UInt8(ascii: "/")
  }
}

/// The secrets are nowhere by accident.
extension IssuerJourney: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "a journey to the issuer" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}

/// The journeys that are under way, each of the browser that has its cookie. A plain value: events in, verdicts out.
///
/// One browser may be on several, as it may have several tabs: they share its cookie, and each is known by its `state`.
package struct IssuerJourneys: Sendable {
  /// How long one may take.
  package static let time = Duration.seconds(600)
  /// How many are under way; of more the oldest is forgotten.
  static let limit = 10_000
  /// How many of them from one network: of more its own oldest is forgotten, and nobody else's.
  static let networkLimit = 100

  private struct Entry {
    let journey: IssuerJourney
    let cookie: SecretDigest
    let network: LoginNetwork
    let endsAt: MonotonicTime
  }

  /// By the digests of their states.
  private var entries: [SecretDigest: Entry] = [:]
  /// In the order of their beginnings, which is that of their ends; those that have come back are in it yet.
  private var order: [SecretDigest] = []
  /// How many journeys each browser is on.
  private var browsers: [SecretDigest: Int] = [:]
  /// Those that have begun in each network, the oldest first.
  private var networks: [LoginNetwork: [SecretDigest]] = [:]
  private let capacity: Int
  private let networkCapacity: Int

  /// None.
  package init() { self.init(capacity: Self.limit, perNetwork: Self.networkLimit) }

  init(capacity: Int, perNetwork: Int = .max) {
    self.capacity = max(1, capacity)
    networkCapacity = max(1, perNetwork)
  }

  /// How many are under way, or were and nobody has come back from.
  var count: Int { entries.count }

  /// The cookie of a browser that is on a journey already, of those that it shows.
  package func known(_ cookies: [UserCookie]) -> UserCookie? { cookies.first { browsers[$0.digest] != nil } }

  /// A browser sets out.
  ///
  /// - Parameters:
  ///   - cookie: the one that it gets for it.
  ///   - network: where it is.
  package mutating func begin(
    _ journey: IssuerJourney, by cookie: UserCookie, from network: LoginNetwork, at now: MonotonicTime
  ) {
    if let own = networks[network], own.count >= networkCapacity, let oldest = own.first { remove(oldest) }
    var gone = 0
    for state in order {
      if let entry = entries[state] {
        guard entry.endsAt <= now || entries.count >= capacity else { break }
        remove(state)
      }
      gone += 1
    }
    order.removeFirst(gone)
    // Those that have come back may stand behind one that goes on.
    if order.count >= 2 * capacity { order.removeAll { entries[$0] == nil } }
    let state = Self.digest(of: journey.state)
    entries[state] = Entry(
      journey: journey, cookie: cookie.digest, network: network, endsAt: now + Self.time)
    order.append(state)
    networks[network, default: []].append(state)
    browsers[cookie.digest, default: 0] += 1
  }

  /// A browser comes back. Each journey ends once; of another browser's, and of one that nobody is on, nothing ends.
  ///
  /// - Parameters:
  ///   - cookies: those that it shows.
  ///   - state: what it brings.
  /// - Returns: nil where it has not set out, is too late, was here before, or brings another's.
  package mutating func end(
    by cookies: [UserCookie], state: String, at now: MonotonicTime
  ) -> IssuerJourney? {
    let state = Self.digest(of: state)
    guard let entry = entries[state], cookies.contains(where: { $0.digest == entry.cookie }) else {
      return nil
    }
    remove(state)
    return now < entry.endsAt ? entry.journey : nil
  }

  private mutating func remove(_ state: SecretDigest) {
    guard let entry = entries.removeValue(forKey: state) else { return }
    if let count = browsers[entry.cookie] { browsers[entry.cookie] = count > 1 ? count - 1 : nil }
    networks[entry.network]?.removeAll { $0 == state }
    if networks[entry.network]?.isEmpty == true { networks[entry.network] = nil }
  }

  /// Looked up by it, so that how long that takes tells nothing of any state.
  private static func digest(of state: String) -> SecretDigest {
    var state = state
    return state.withUTF8 { SecretDigest(of: UnsafeRawBufferPointer($0)) }
  }
}
