internal import Bytes

/// What our keys look like: `sk-og-`, 12 characters of ``KeyID``, `-`, 37 of the secret, and 6 that are the CRC-32 of all before
/// them. So a slip of the hand is told without a look-up, and scanners for lost secrets can tell our keys from others.
enum KeyForm {
  static let prefix: StaticString = "sk-og-"
  static let secretCount = 37
  private static let checkCount = 6

  private static let idRange = 6..<18
  private static let secretRange = 19..<56
  /// Bytes of a key.
  static let count = secretRange.upperBound + checkCount

  /// Whether it is, or means to be, a key of ours.
  static func begins(_ text: UnsafeRawBufferPointer) -> Bool {
    let count = prefix.utf8CodeUnitCount
    guard text.count >= count else { return false }
    var difference: UInt8 = 0
    for place in 0..<count { difference |= text[place] ^ prefix.utf8Start[place] }
    return difference == 0
  }

  /// The public part of a key that is one from its first letter to its check digits; nil for anything else.
  static func id(of text: UnsafeRawBufferPointer) -> KeyID? {
    guard text.count == count, begins(text), text[idRange.upperBound] == UInt8(ascii: "-"),
      text[secretRange.lowerBound...].allSatisfy({ Base62.isDigit($0) }), endsInCheck(text)
    else { return nil }
    return KeyID(bytes: UnsafeRawBufferPointer(rebasing: text[idRange]))
  }

  /// By which a key is known: the SHA-256 of its public part and its secret, in one block.
  ///
  /// - Parameter text: one that has an ``id(of:)``.
  static func digest(of text: UnsafeRawBufferPointer) -> SecretDigest {
    withUnsafeTemporaryAllocation(byteCount: KeyID.count + secretCount, alignment: 8) { memory in
      memory.copyBytes(from: text[idRange])
      UnsafeMutableRawBufferPointer(rebasing: memory[KeyID.count...]).copyBytes(from: text[secretRange])
      return SecretDigest(of: UnsafeRawBufferPointer(memory))
    }
  }

  /// The text of a key.
  static func text(id: KeyID, secret: [UInt8]) -> [UInt8] {
    var text = Array(UnsafeBufferPointer(start: prefix.utf8Start, count: prefix.utf8CodeUnitCount))
    text += id.bytes + [UInt8(ascii: "-")] + secret
    return text + check(of: text)
  }

  /// Whether the last digits are those of all before them: compared one by one, from the last, as they come.
  private static func endsInCheck(_ text: UnsafeRawBufferPointer) -> Bool {
    var rest = CRC32.checksum(of: text[..<secretRange.upperBound])
    for place in (secretRange.upperBound..<count).reversed() {
      let (quotient, digit) = rest.quotientAndRemainder(dividingBy: UInt32(Base62.radix))
      guard text[place] == Base62.digit(UInt8(truncatingIfNeeded: digit)) else { return false }
      rest = quotient
    }
    return true
  }

  private static func check(of text: some Sequence<UInt8>) -> [UInt8] {
    Base62.digits(of: CRC32.checksum(of: text), count: checkCount)
  }
}
