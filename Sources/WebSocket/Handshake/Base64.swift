/// Base 64: RFC 4648 section 4, with padding.
enum Base64 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let padding = UInt8(ascii: "=")

  static func encode(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
      for digit in 0..<4 {
        let value = bits >> UInt32(18 - 6 * digit) & 0x3F
        text.append(digit <= group.count ? alphabet[Int(value)] : padding)
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Whether this is the form of exactly 16 bytes: 22 digits and two paddings. What the last digit has beyond 128
  /// bits is not looked at, as in most decoders.
  static func isOf16Bytes(_ text: some Collection<UInt8>) -> Bool {
    text.count == 24 && text.dropLast(2).allSatisfy(alphabet.contains)
      && text.suffix(2).allSatisfy { $0 == padding }
  }
}
