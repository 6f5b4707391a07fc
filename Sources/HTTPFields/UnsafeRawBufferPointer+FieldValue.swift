extension UnsafeRawBufferPointer {
  /// Whether the bytes may be a field's value: no control character but a tab (RFC 9110 section 5.5, obs-text included).
  ///
  /// Eight bytes at a time: each field of each request is looked at when it comes and when it goes on.
  public var isFieldValue: Bool {
    guard count >= 8 else { return hasFieldBytes(0..<count) }
    var index = 0
    while true {
      let word = loadUnaligned(fromByteOffset: index, as: UInt64.self)
      guard !UnsafeRawBufferPointer.hasControl(word) || hasFieldBytes(index..<index + 8) else { return false }
      if index + 8 == count { return true }
      // The last eight may be looked at twice in part.
      index = Swift.min(index + 8, count - 8)
    }
  }

  @inline(__always)
  private func hasFieldBytes(_ range: Range<Int>) -> Bool {
    for index in range where self[index] < 0x20 && self[index] != 0x09 || self[index] == 0x7f { return false }
    return true
  }

  /// Whether one of eight bytes is below 0x20, as a tab is, or 0x7F. A borrow from one byte to the next marks a sound byte
  /// only behind one that is marked already.
  @inline(__always)
  private static func hasControl(_ word: UInt64) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let delete = word ^ (ones &* 0x7f)
    let marks = ((word &- ones &* 0x20) & ~word) | ((delete &- ones) & ~delete)
    return marks & (ones &* 0x80) != 0
  }
}
