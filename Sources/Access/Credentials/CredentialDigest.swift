internal import Bytes

/// The SHA-256 of a ``Credential``: what sessions have as their owner, so that neither memory nor store tells a credential.
public struct CredentialDigest: Hashable, Sendable {
  // Not a vector: its alignment is more than a task's memory has.
  private let words: (UInt64, UInt64, UInt64, UInt64)

  package init(of credential: Credential) { self.init(bytes: SHA256.digest(of: credential.bytes)[...]) }

  /// The digest that ``hexadecimal`` writes; nil for anything else.
  package init?(hexadecimal text: some StringProtocol) {
    guard text.utf8.count == 64, let bytes = Hexadecimal.bytes(ofLowercase: text.utf8) else { return nil }
    self.init(bytes: bytes[...])
  }

  /// - Parameter bytes: 32 of them.
  private init(bytes: ArraySlice<UInt8>) {
    func word(_ place: Int) -> UInt64 {
      bytes.dropFirst(8 * place).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
    words = (word(0), word(1), word(2), word(3))
  }

  /// 64 digits in lower case.
  package var hexadecimal: String {
    [words.0, words.1, words.2, words.3].map { Hexadecimal.text(of: $0) }.joined()
  }

  public static func == (left: CredentialDigest, right: CredentialDigest) -> Bool {
    left.words == right.words
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(words.0)
    hasher.combine(words.1)
    hasher.combine(words.2)
    hasher.combine(words.3)
  }
}
