internal import Bytes

/// Decodes the inside of a JSON string that `JSONMemberScanner` found.
public enum JSONString {
  /// The string's UTF-8, as Go reads it: an escaped lone surrogate and each byte that belongs to no character become
  /// U+FFFD.
  ///
  /// - Parameter raw: what is between the quotes, with its escapes well formed.
  public static func unescaped(_ raw: UnsafeRawBufferPointer) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(raw.count)
    var index = 0
    while index < raw.count {
      let end = raw.firstToEscape(from: index)
      bytes.append(repairing: UnsafeRawBufferPointer(rebasing: raw[index..<end]))
      guard end < raw.count else { break }
      index = end
      appendEscape(at: &index, of: raw, to: &bytes)
    }
    return bytes
  }

  private static func appendEscape(
    at index: inout Int, of raw: UnsafeRawBufferPointer, to bytes: inout [UInt8]
  ) {
    precondition(index + 1 < raw.count && raw[index] == UInt8(ascii: "\\"), "no escape here")
    let character = raw[index + 1]
    guard character != UInt8(ascii: "u") else {
      // A scalar that was made of Unicode's own can always be encoded.
      if let encoded = UTF8.encode(scalar(at: &index, of: raw)) { bytes.append(contentsOf: encoded) }
      return
    }
    index += 2
    switch character {
    case UInt8(ascii: "b"): bytes.append(0x08)
    case UInt8(ascii: "f"): bytes.append(0x0C)
    case UInt8(ascii: "n"): bytes.append(0x0A)
    case UInt8(ascii: "r"): bytes.append(0x0D)
    case UInt8(ascii: "t"): bytes.append(0x09)
    default: bytes.append(character)
    }
  }

  /// One `\uXXXX`, or two that make a surrogate pair.
  private static func scalar(at index: inout Int, of raw: UnsafeRawBufferPointer) -> Unicode.Scalar {
    let first = codeUnit(at: index, of: raw) ?? 0xFFFD
    let length = pairLength(first, at: index, of: raw)
    defer { index += length ?? 6 }
    guard let length else { return "\u{FFFD}" }
    guard length > 6, let second = codeUnit(at: index + 6, of: raw) else {
      return Unicode.Scalar(first) ?? "\u{FFFD}"
    }
    return Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)) ?? "\u{FFFD}"
  }

  /// The bytes of the one or two `\uXXXX` at `index` that make a character; `nil` for half of one.
  ///
  /// - Parameter unit: what the first of them stands for.
  static func pairLength(_ unit: UInt32, at index: Int, of raw: UnsafeRawBufferPointer) -> Int? {
    guard 0xD800...0xDFFF ~= unit else { return 6 }
    guard unit < 0xDC00, let second = codeUnit(at: index + 6, of: raw), 0xDC00...0xDFFF ~= second else {
      return nil
    }
    return 12
  }

  /// The code unit of UTF-16 that a `\uXXXX` at `index` stands for; `nil` where there is none.
  public static func codeUnit(at index: Int, of raw: UnsafeRawBufferPointer) -> UInt32? {
    guard index + 6 <= raw.count, raw[index] == UInt8(ascii: "\\"), raw[index + 1] == UInt8(ascii: "u") else {
      return nil
    }
    var value: UInt32 = 0
    for byte in raw[index + 2..<index + 6] {
      guard let digit = Hexadecimal.value(of: byte) else { return nil }
      value = value << 4 | UInt32(digit)
    }
    return value
  }
}
