internal import Bytes

/// By what a sign-in is known, and kept: the SHA-256 of a cookie, or the name of a family of refresh tokens. Whoever reads it cannot sign in
/// by it.
public struct SignInID: Hashable, Sendable {
  /// 16-64 letters and digits.
  public let text: String

  /// Nil for anything else.
  public init?(_ text: some StringProtocol) {
    guard (16...64).contains(text.utf8.count), text.utf8.allSatisfy(Base62.isDigit) else { return nil }
    self.text = String(text)
  }

  /// That of a secret which is kept by its digest alone.
  public init(_ digest: SecretDigest) { text = digest.hexadecimal }

  /// A new one, of 130 random bits.
  package static func random() -> SignInID { SignInID(random: Base62.random(count: 22)) }

  private init(random digits: [UInt8]) { text = String(decoding: digits, as: UTF8.self) }
}

extension SignInID: Comparable {
  public static func < (left: SignInID, right: SignInID) -> Bool { left.text < right.text }
}
