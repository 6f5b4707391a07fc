internal import Bytes

/// The SHA-256 by which a key is known: the key itself is kept nowhere.
public struct SecretDigest: Hashable, Sendable {
  // Not a vector: its alignment is more than a task's memory has.
  private let words: (UInt64, UInt64, UInt64, UInt64)

  /// Bytes of a digest.
  package static let count = 32

  /// - Parameter bytes: 32 of them; nil for any other count.
  package init?(bytes: UnsafeRawBufferPointer) {
    guard bytes.count == Self.count else { return nil }
    func word(_ place: Int) -> UInt64 {
      bytes.loadUnaligned(fromByteOffset: 8 * place, as: UInt64.self).bigEndian
    }
    words = (word(0), word(1), word(2), word(3))
  }

  /// The digest that ``hexadecimal`` writes; nil for anything else.
  public init?(hexadecimal text: some StringProtocol) {
    guard text.utf8.count == 2 * Self.count, let bytes = Hexadecimal.bytes(ofLowercase: text.utf8),
      let digest = bytes.withUnsafeBytes(SecretDigest.init(bytes:))
    else { return nil }
    self = digest
  }

  /// 64 digits in lower case.
  public var hexadecimal: String {
    [words.0, words.1, words.2, words.3].map { Hexadecimal.text(of: $0) }.joined()
  }

  /// That of nothing: with it is compared where there is no key.
  static let zero = SecretDigest(words: (0, 0, 0, 0))

  private init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

  /// Whether they are the same. How long it takes tells nothing of where they differ.
  public static func == (left: SecretDigest, right: SecretDigest) -> Bool {
    (left.words.0 ^ right.words.0) | (left.words.1 ^ right.words.1) | (left.words.2 ^ right.words.2)
      | (left.words.3 ^ right.words.3) == 0
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(words.0)
    hasher.combine(words.1)
    hasher.combine(words.2)
    hasher.combine(words.3)
  }
}
