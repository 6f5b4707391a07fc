extension UnsafeRawBufferPointer {
  /// The bytes of the character in UTF-8 that begins at `index`: 1 to 4, or `nil` where none does (RFC 3629 section 4:
  /// overlong forms, surrogates, what is over U+10FFFF or cut off).
  func characterLength(at index: Int) -> Int? {
    let first = self[index]
    if first < 0x80 { return 1 }
    var second: ClosedRange<UInt8> = 0x80...0xBF
    let length: Int
    switch first {
    case 0xC2...0xDF: length = 2
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: length = 3
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF1...0xF3: length = 4
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    default: return nil
    }
    guard index + length <= count, second.contains(self[index + 1]) else { return nil }
    for offset in 2..<Swift.max(2, length) where self[index + offset] & 0xC0 != 0x80 { return nil }
    return length
  }

  /// Whether each byte belongs to a character: whether any reader of JSON takes it.
  public var isUTF8: Bool {
    var index = firstNonASCII(from: 0)
    while index < count {
      guard let length = characterLength(at: index) else { return false }
      index = firstNonASCII(from: index + length)
    }
    return true
  }

  /// The first byte at or after `start` that is not ASCII, or `count`.
  func firstNonASCII(from start: Int) -> Int {
    var index = start
    while index + 8 <= count {
      let marks = ByteWord(self, at: index).nonASCIIMarks
      if marks != 0 { return index + ByteWord.firstIndex(of: marks) }
      index += 8
    }
    while index < count, self[index] < 0x80 { index += 1 }
    return index
  }
}

extension [UInt8] {
  /// U+FFFD.
  mutating func appendReplacementCharacter() {
    append(0xEF)
    append(0xBF)
    append(0xBD)
  }

  /// Appends text in which each byte that belongs to no character becomes U+FFFD, as Go reads it.
  mutating func append(repairing text: UnsafeRawBufferPointer) {
    var start = 0
    var index = text.firstNonASCII(from: 0)
    while index < text.count {
      if let length = text.characterLength(at: index) {
        index += length
      } else {
        if start < index { append(contentsOf: text[start..<index]) }
        appendReplacementCharacter()
        index += 1
        start = index
      }
      index = text.firstNonASCII(from: index)
    }
    append(contentsOf: text[start...])
  }
}
