extension IPAddress: CustomStringConvertible {
  /// The canonical text (RFC 5952): lower case, no leading zeros, the longest run of zero groups as `::`.
  public var description: String {
    switch self {
    case .v4(let bits):
      "\(bits >> 24).\(bits >> 16 & 255).\(bits >> 8 & 255).\(bits & 255)"
    case .v6(let upper, let lower):
      Self.compressed(
        (0..<8).map { UInt16(truncatingIfNeeded: ($0 < 4 ? upper : lower) >> (48 - 16 * ($0 & 3))) })
    }
  }

  /// As a URL and a Host header have it: an IPv6 address in brackets (RFC 3986 section 3.2.2).
  public var urlHost: String {
    switch self {
    case .v4: description
    case .v6: "[\(description)]"
    }
  }

  private static func compressed(_ groups: [UInt16]) -> String {
    var longest = 0..<0
    var start = 0
    while start < groups.count {
      let end = groups[start...].firstIndex { $0 != 0 } ?? groups.count
      if end - start > max(longest.count, 1) { longest = start..<end }
      start = max(end, start + 1)
    }
    func text(_ range: Range<Int>) -> String {
      groups[range].map { String($0, radix: 16) }.joined(separator: ":")
    }
    if longest.isEmpty { return text(0..<8) }
    return text(0..<longest.lowerBound) + "::" + text(longest.upperBound..<8)
  }
}
