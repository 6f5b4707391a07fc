internal import Bytes

extension LogLine {
  /// A value: in JSON a string, in text in quotes where it would not stand for itself.
  mutating func appendValue(_ value: String) {
    let isQuoted = format == .json || Self.needsQuotes(value)
    if isQuoted { append("\"") }
    appendEscaped(value, limit: Self.longestValue, quote: isQuoted)
    if isQuoted { append("\"") }
  }

  /// A key that is not ours: everything but letters, digits, `_`, `-` and `.` becomes `_`.
  mutating func appendKey(_ key: String) {
    let safe = String(
      decoding: key.utf8.prefix(64).map { byte in
        ASCII.isAlphanumeric(byte) || "-.".utf8.contains(byte) ? byte : UInt8(ascii: "_")
      }, as: UTF8.self)
    appendEscaped(safe, limit: 64, quote: true)
  }

  private static func needsQuotes(_ value: String) -> Bool {
    value.isEmpty
      || value.utf8.contains { byte in
        byte <= 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "=") || byte == UInt8(ascii: "\\")
      }
  }

  /// Text with all that could end a line, move a terminal's cursor, turn the reading direction or hide as `\n` or `\u…`,
  /// and `\` as `\\`; in quotes `"` as `\"`. What JSON calls a string's content (RFC 8259 section 7).
  mutating func appendEscaped(_ text: String, limit: Int, quote: Bool) {
    var text = text
    text.withUTF8 { source in
      let end = Self.cut(source, at: limit)
      var run = 0
      var index = 0
      while index < end {
        let size = Self.escapedSize(source, at: index, end: end, quote: quote)
        if size == 0 {
          index += 1
          continue
        }
        append(clean: UnsafeBufferPointer(rebasing: source[run..<index]))
        appendEscape(UnsafeBufferPointer(rebasing: source[index..<(index + size)]))
        index += size
        run = index
      }
      append(clean: UnsafeBufferPointer(rebasing: source[run..<end]))
      if end < source.count { append("…") }
    }
  }

  /// Where to cut: `limit`, or the start of the character that it would split.
  private static func cut(_ source: UnsafeBufferPointer<UInt8>, at limit: Int) -> Int {
    guard source.count > limit else { return source.count }
    var end = limit
    while end > 0, source[end] & 0xC0 == 0x80 { end -= 1 }
    return end
  }

  /// How many bytes from `index` on are one character that must be escaped; 0 for none.
  @inline(__always)
  private static func escapedSize(
    _ source: UnsafeBufferPointer<UInt8>, at index: Int, end: Int, quote: Bool
  ) -> Int {
    let byte = source[index]
    if byte < 0x80 {
      let isEscaped =
        byte < 0x20 || byte == 0x7F || byte == UInt8(ascii: "\\") || (quote && byte == UInt8(ascii: "\""))
      return isEscaped ? 1 : 0
    }
    // UTF-8 (RFC 3629 section 3), as every String's is: what follows a first byte has been looked at with it.
    if byte & 0xC0 == 0x80 { return 0 }
    let size = byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
    guard index + size <= end else { return 0 }
    return steersOrHides(code(UnsafeBufferPointer(rebasing: source[index..<(index + size)]))) ? size : 0
  }

  /// C1 controls, marks and embeddings of the reading direction (UAX #9), ends of lines, and what nobody sees: all that the
  /// Unicode Character Database calls control, format, separator of lines or default ignorable.
  private static func steersOrHides(_ code: UInt32) -> Bool {
    guard let properties = Unicode.Scalar(code)?.properties else { return true }
    if properties.isDefaultIgnorableCodePoint { return true }
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: return true
    default: return false
    }
  }

  /// The number of a character in UTF-8, one to four bytes.
  private static func code(_ character: UnsafeBufferPointer<UInt8>) -> UInt32 {
    let bits: UInt32 =
      switch character.count {
      case 1: 0x7F
      case 2: 0x1F
      case 3: 0x0F
      default: 0x07
      }
    return character.dropFirst().reduce(UInt32(character[0]) & bits) { $0 << 6 | UInt32($1 & 0x3F) }
  }

  /// Writes one character as an escape.
  private mutating func appendEscape(_ character: UnsafeBufferPointer<UInt8>) {
    switch character[0] {
    case UInt8(ascii: "\n"): append("\\n")
    case UInt8(ascii: "\r"): append("\\r")
    case UInt8(ascii: "\t"): append("\\t")
    case UInt8(ascii: "\\"): append("\\\\")
    case UInt8(ascii: "\""): append("\\\"")
    default:
      let code = Self.code(character)
      guard code > 0xFFFF else { return appendEscape(unit: code) }
      // A surrogate pair, as JSON has it.
      appendEscape(unit: 0xD800 | (code - 0x10000) >> 10)
      appendEscape(unit: 0xDC00 | (code - 0x10000) & 0x3FF)
    }
  }

  private mutating func appendEscape(unit: UInt32) {
    append("\\u")
    for shift in stride(from: UInt32(12), through: 0, by: -4) {
      append(byte: Hexadecimal.digit(UInt8(truncatingIfNeeded: unit >> shift & 15)))
    }
  }
}
