internal import Bytes

/// What e-mail addresses of users look like: 3-254 visible characters of ASCII with something on both sides of an `@`. Nothing is sent to
/// them.
package enum EmailAddress {
  /// Continues "takes …".
  package static let takes = "an e-mail address of 3-254 visible characters of ASCII"

  package static func holds(_ text: String) -> Bool {
    let bytes = text.utf8
    guard (3...254).contains(bytes.count), bytes.allSatisfy(ASCII.isVisible),
      let at = bytes.lastIndex(of: UInt8(ascii: "@"))
    else { return false }
    return at != bytes.startIndex && bytes.index(after: at) != bytes.endIndex
  }

  /// As which two of them are the same: in lower case.
  package static func folded(_ text: String) -> String {
    String(decoding: text.utf8.map(folded), as: UTF8.self)
  }

  /// A byte of one in lower case.
  static func folded(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }
}
