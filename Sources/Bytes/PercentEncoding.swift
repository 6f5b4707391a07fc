/// Percent-encoding: RFC 3986 section 2.1.
public enum PercentEncoding {
  /// Decodes a part of a target. A plus sign stays one.
  ///
  /// - Returns: nil where an escape is not two hexadecimal digits, is `%00`, or the result is not UTF-8.
  public static func decode(_ text: Substring) -> String? {
    guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    var rest = text.utf8
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let value = escapedByte(at: rest), value != 0 else { return nil }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return String(validating: bytes, as: UTF8.self)
  }

  /// Decodes a part of a form (`application/x-www-form-urlencoded`): a plus sign is a space. What is no escape stands for
  /// itself, and what is no UTF-8 for U+FFFD.
  package static func decodeForm(_ text: Substring.UTF8View) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count)
    var rest = text
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), let value = escapedByte(at: rest) {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The byte of the two digits that `text` begins with; nil where it does not begin so.
  private static func escapedByte(at text: Substring.UTF8View) -> UInt8? {
    let digits = text.prefix(2)
    guard digits.count == 2, let high = digits.first.flatMap({ Hexadecimal.value(of: $0) }),
      let low = digits.last.flatMap({ Hexadecimal.value(of: $0) })
    else { return nil }
    return high << 4 | low
  }
}
