extension IPAddress: CustomStringConvertible {
  /// The canonical text (RFC 5952): lower case, no leading zeros, the longest run of zero groups as `::`.
  public var description: String {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: IPAddress.longestText) { buffer in
      String(decoding: UnsafeBufferPointer(rebasing: buffer[..<write(to: buffer)]), as: UTF8.self)
    }
  }

  /// As a URL and a Host header have it: an IPv6 address in brackets (RFC 3986 section 3.2.2).
  public var urlHost: String {
    switch self {
    case .v4: description
    case .v6: "[\(description)]"
    }
  }

  /// Bytes of the longest text: eight groups of four digits.
  package static let longestText = 39

  /// Writes the text to the start of `buffer`, which has room for ``longestText`` bytes.
  ///
  /// - Returns: how many bytes it has.
  package func write(to buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
    precondition(buffer.count >= IPAddress.longestText, "there is too little room for an address")
    var text = TextWriter(buffer)
    write(into: &text)
    return text.count
  }

  func write(into text: inout TextWriter) {
    switch self {
    case .v4(let bits):
      for shift: UInt32 in [24, 16, 8, 0] {
        text.append(decimal: UInt16(bits >> shift & 255))
        if shift > 0 { text.append(".") }
      }
    case .v6(let upper, let lower): IPAddress.write(Groups(upper: upper, lower: lower), into: &text)
    }
  }

  private static func write(_ groups: Groups, into text: inout TextWriter) {
    let zeros = groups.longestZeros
    var index = 0
    while index < 8 {
      if index == zeros.lowerBound, !zeros.isEmpty {
        text.append("::")
        index = zeros.upperBound
        continue
      }
      if index > 0, index != zeros.upperBound || zeros.isEmpty { text.append(":") }
      text.append(hexadecimal: groups[index])
      index += 1
    }
  }

  /// The eight groups of an IPv6 address, of 16 bits each.
  private struct Groups {
    let upper: UInt64
    let lower: UInt64

    subscript(index: Int) -> UInt16 {
      UInt16(truncatingIfNeeded: (index < 4 ? upper : lower) >> UInt64(48 - 16 * (index & 3)))
    }

    /// The first of the longest runs of two or more; empty where there is none.
    var longestZeros: Range<Int> {
      var longest = 0..<0
      var start = 0
      for index in 0...8 where index == 8 || self[index] != 0 {
        if index - start > max(longest.count, 1) { longest = start..<index }
        start = index + 1
      }
      return longest
    }
  }
}
