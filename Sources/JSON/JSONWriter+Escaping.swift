internal import Bytes

extension JSONWriter {
  /// Quotes and escapes UTF-8: the quote, the backslash and what is below U+0020 (RFC 8259, section 7), and what some
  /// readers of lines and of scripts take for the end of a line: U+0085, U+2028 and U+2029. Whole runs without them are
  /// copied at once; nearly all text is one run.
  mutating func appendQuoted(_ text: UnsafeRawBufferPointer) {
    append(UInt8(ascii: "\""))
    appendEscaped(text)
    append(UInt8(ascii: "\""))
  }

  /// Writes a part of the content of a string, escaped: the quotes are the caller's ``framing(_:)``. Each part is
  /// of whole characters.
  public mutating func framing(escaped text: UnsafeRawBufferPointer) {
    appendEscaped(text)
    followsValue = false
  }

  private mutating func appendEscaped(_ text: UnsafeRawBufferPointer) {
    var start = 0
    var index = 0
    while true {
      index = text.firstToLookAt(from: index)
      guard index < text.count else { break }
      let byte = text[index]
      if byte < 0x80 {
        append(UnsafeRawBufferPointer(rebasing: text[start..<index]))
        appendEscape(of: byte)
        start = index + 1
      } else if let (escape, length) = text.lineEnd(at: index) {
        append(UnsafeRawBufferPointer(rebasing: text[start..<index]))
        append(escape)
        start = index + length
      }
      index = max(index + 1, start)
    }
    append(UnsafeRawBufferPointer(rebasing: text[start...]))
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
      append(Hexadecimal.digit(byte >> 4))
      append(Hexadecimal.digit(byte & 0xF))
    }
  }
}

extension UnsafeRawBufferPointer {
  /// The beginning of this text that ends with a whole character: all but three bytes at most.
  public var wholeCharacters: UnsafeRawBufferPointer {
    var first = count
    while first > 0 && count - first < 3 {
      first -= 1
      // What follows a first byte has been looked at with it.
      if self[first] & 0xC0 == 0x80 { continue }
      let length = self[first] < 0xC0 ? 1 : self[first] < 0xE0 ? 2 : self[first] < 0xF0 ? 3 : 4
      return first + length > count ? UnsafeRawBufferPointer(rebasing: self[..<first]) : self
    }
    return self
  }

  /// The first byte at or after `start` that must be escaped, or may begin a character that must, or `count`.
  fileprivate func firstToLookAt(from start: Int) -> Int {
    var index = start
    while index + 8 <= count {
      let word = ByteWord(self, at: index)
      var marks =
        word.marks(below: 0x20) | word.marks(of: UInt8(ascii: "\"")) | word.marks(of: UInt8(ascii: "\\"))
      if word.nonASCIIMarks != 0 { marks |= word.marks(of: 0xC2) | word.marks(of: 0xE2) }
      if marks != 0 { return index + ByteWord.firstIndex(of: marks) }
      index += 8
    }
    while index < count {
      switch self[index] {
      case 0..<0x20, UInt8(ascii: "\""), UInt8(ascii: "\\"), 0xC2, 0xE2: return index
      default: index += 1
      }
    }
    return count
  }

  /// The escape of the character at `index`, and its bytes; `nil` for one that is no end of a line.
  fileprivate func lineEnd(at index: Int) -> (escape: StaticString, length: Int)? {
    guard index + 1 < count else { return nil }
    if self[index] == 0xC2 { return self[index + 1] == 0x85 ? (#"\u0085"#, 2) : nil }
    guard index + 2 < count, self[index + 1] == 0x80 else { return nil }
    switch self[index + 2] {
    case 0xA8: return (#"\u2028"#, 3)
    case 0xA9: return (#"\u2029"#, 3)
    default: return nil
    }
  }

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
