internal import Bytes

/// The name of an image: the SHA-256 of its bytes, as `sha256:` and 64 hexadecimal digits.
public struct ImageDigest: Hashable, Sendable, CustomStringConvertible {
  // Not a vector: its alignment is more than a task's memory has.
  private let words: (UInt64, UInt64, UInt64, UInt64)

  /// - Parameter bytes: 32 of them.
  public init?(bytes: [UInt8]) {
    guard bytes.count == 32 else { return nil }
    func word(_ place: Int) -> UInt64 {
      bytes[(8 * place)..<(8 * place + 8)].reduce(0) { $0 << 8 | UInt64($1) }
    }
    words = (word(0), word(1), word(2), word(3))
  }

  /// - Returns: nil for what is no such name. Its digits are lowercase.
  public init?(_ text: String) {
    let prefix = "sha256:".utf8
    guard text.utf8.count == prefix.count + 64, text.utf8.starts(with: prefix) else { return nil }
    guard let bytes = Hexadecimal.bytes(ofLowercase: text.utf8.dropFirst(prefix.count)) else { return nil }
    self.init(bytes: bytes)
  }

  /// The 32 bytes.
  package var bytes: [UInt8] {
    [words.0, words.1, words.2, words.3].flatMap { word in
      (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) }
    }
  }

  /// `sha256:` and 64 hexadecimal digits.
  public var description: String {
    "sha256:" + [words.0, words.1, words.2, words.3].map { Hexadecimal.text(of: $0) }.joined()
  }

  public static func == (left: ImageDigest, right: ImageDigest) -> Bool { left.words == right.words }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(words.0)
    hasher.combine(words.1)
    hasher.combine(words.2)
    hasher.combine(words.3)
  }
}
