internal import Bytes

/// What a link holds that is for one person alone: 256 random bits as 64 hexadecimal digits. It is kept by its SHA-256.
package struct LinkSecret: Sendable {
  /// As it stands in the link.
  package let text: String
  /// The digest of the text, by which it is known.
  package let digest: SecretDigest

  /// A new one.
  package init() {
    var generator = SystemRandomNumberGenerator()
    let words = (0..<4).map { _ in UInt64.random(in: .min ... .max, using: &generator) }
    self.init(unchecked: words.map { Hexadecimal.text(of: $0) }.joined())
  }

  /// Nil for what is no such text.
  package init?(_ text: String) {
    guard text.utf8.count == 64, Hexadecimal.bytes(ofLowercase: text.utf8) != nil else { return nil }
    self.init(unchecked: text)
  }

  private init(unchecked text: String) {
    self.text = text
    digest = Array(text.utf8).withUnsafeBytes { SecretDigest(of: $0) }
  }
}

/// The text is nowhere by accident.
extension LinkSecret: CustomStringConvertible, CustomDebugStringConvertible {
  package var description: String { "the secret of a link" }
  package var debugDescription: String { description }
}
