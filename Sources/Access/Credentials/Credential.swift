/// What the gateway gives a caller to be known by again: 128 random bits, which nobody else has.
public struct Credential: Hashable, Sendable {
  /// The first 64 bits.
  public let high: UInt64
  /// The last 64 bits.
  public let low: UInt64

  /// How a caller shows it. One is not taken for the other.
  public enum Kind: UInt8, Sendable, CaseIterable {
    /// In a header field of its own, by programs.
    case token = 1
    /// By browsers.
    case cookie
  }

  /// The credential of these 128 bits.
  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// By this its bearer is known: whoever reads it cannot show the credential.
  package var digest: CredentialDigest { CredentialDigest(of: self) }

  static func random() -> Credential {
    var generator = SystemRandomNumberGenerator()
    return Credential(high: generator.next(), low: generator.next())
  }

  /// In network order.
  var bytes: [UInt8] {
    [high, low].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * $0)) } }
  }
}
