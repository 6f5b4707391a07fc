extension JSONWriter {
  /// Quotes and escapes UTF-8 by RFC 8259, section 7: the quote, the backslash and what is below U+0020, and no
  /// more. Whole runs without such a byte are copied at once; nearly all text is one run.
  mutating func appendQuoted(_ text: UnsafeRawBufferPointer) {
    append(UInt8(ascii: "\""))
    appendEscaped(text)
    append(UInt8(ascii: "\""))
  }

  /// Writes a part of the content of a string, escaped: the quotes are the caller's ``framing(_:)``. The parts together
  /// are UTF-8; each may begin and end within a character.
  public mutating func framing(escaped text: UnsafeRawBufferPointer) {
    appendEscaped(text)
    followsValue = false
  }

  private mutating func appendEscaped(_ text: UnsafeRawBufferPointer) {
    var start = 0
    while true {
      let end = text.firstToEscape(from: start)
      append(UnsafeRawBufferPointer(rebasing: text[start..<end]))
      guard end < text.count else { break }
      appendEscape(of: text[end])
      start = end + 1
    }
  }

  private mutating func appendEscape(of byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): append("\\\"")
    case UInt8(ascii: "\\"): append("\\\\")
    case UInt8(ascii: "\n"): append("\\n")
    case UInt8(ascii: "\r"): append("\\r")
    case UInt8(ascii: "\t"): append("\\t")
    case 0x08: append("\\b")
    case 0x0C: append("\\f")
    default:
      append("\\u00")
      append(Self.hexadecimal(byte >> 4))
      append(Self.hexadecimal(byte & 0xF))
    }
  }

  private static func hexadecimal(_ nibble: UInt8) -> UInt8 {
    nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
  }
}

extension UnsafeRawBufferPointer {
  /// The first byte at or after `start` that cannot stand in a JSON string as it is (a quote, a backslash, or a
  /// control character), or `count`.
  func firstToEscape(from start: Int) -> Int { firstToEscape(from: start, to: count) }

  /// As above, but not past `end`, which is at most `count`.
  func firstToEscape(from start: Int, to end: Int) -> Int {
    var index = start
    while index + 8 <= end {
      let word = ByteWord(self, at: index)
      let marks =
        word.marks(below: 0x20) | word.marks(of: UInt8(ascii: "\"")) | word.marks(of: UInt8(ascii: "\\"))
      if marks != 0 { return index + ByteWord.firstIndex(of: marks) }
      index += 8
    }
    while index < end {
      let byte = self[index]
      if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return index }
      index += 1
    }
    return end
  }
}
