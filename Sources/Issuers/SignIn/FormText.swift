internal import Bytes

/// Writes a form (`application/x-www-form-urlencoded`), or the query of an URL.
enum FormText {
  /// The members in their order.
  static func text(_ members: [(name: String, value: String)]) -> String {
    members.map { "\($0.name)=\(encoded($0.value))" }.joined(separator: "&")
  }

  /// All but letters, digits and `-._~` as escapes (RFC 3986 section 2.3).
  static func encoded(_ text: String) -> String {
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      if ASCII.isAlphanumeric(byte) || "-._~".utf8.contains(byte) {
        bytes.append(byte)
      } else {
        let digits = Array("0123456789ABCDEF".utf8)
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
