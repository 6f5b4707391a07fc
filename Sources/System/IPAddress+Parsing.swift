internal import Bytes

extension IPAddress {
  /// Reads an address: `192.0.2.1`, `2001:db8::1`, `::ffff:192.0.2.1`. No brackets, no zone, no port, no octal or
  /// short forms (`127.1`): what inet_pton(3) takes, and nothing else.
  public init?(_ text: String) {
    guard let address = IPAddress(bytes: text.utf8Span.span) else { return nil }
    self = address
  }

  /// The same of bytes.
  package init?(bytes: Span<UInt8>) {
    if let bits = Self.v4Bits(bytes, 0..<bytes.count) {
      self = .v4(bits)
      return
    }
    guard let (upper, lower) = Self.v6Bits(bytes) else { return nil }
    self.init(upper: upper, lower: lower)
  }

  /// Four decimal numbers of 0-255 without leading zeros, parted by dots (RFC 3986 section 3.2.2, `IPv4address`).
  private static func v4Bits(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt32? {
    guard (7...15).contains(range.count) else { return nil }
    var bits: UInt32 = 0
    var octet: UInt32 = 0
    var digits = 0
    var dots = 0
    for index in range {
      let byte = bytes[index]
      if byte == UInt8(ascii: ".") {
        guard digits > 0, dots < 3 else { return nil }
        bits = bits << 8 | octet
        (octet, digits, dots) = (0, 0, dots + 1)
      } else {
        guard ASCII.isDigit(byte), digits < 3, digits == 0 || octet > 0 else { return nil }
        octet = octet * 10 + UInt32(byte - UInt8(ascii: "0"))
        digits += 1
        guard octet <= 255 else { return nil }
      }
    }
    return dots == 3 && digits > 0 ? bits << 8 | octet : nil
  }

  /// Eight groups of up to four hexadecimal digits; one run of zero groups may be `::`; the last two groups may be
  /// written as an IPv4 address (RFC 4291 section 2.2).
  private static func v6Bits(_ bytes: Span<UInt8>) -> (UInt64, UInt64)? {
    guard (2...45).contains(bytes.count) else { return nil }
    var groups = GroupReader()
    var index = 0
    if bytes[0] == UInt8(ascii: ":") {
      guard bytes[1] == UInt8(ascii: ":") else { return nil }
      groups.markGap()
      index = 2
    }
    while index < bytes.count {
      let start = index
      var group: UInt64 = 0
      while index < bytes.count, let digit = Hexadecimal.value(of: bytes[index]) {
        group = group << 4 | UInt64(digit)
        index += 1
        guard index - start <= 4 else { return nil }
      }
      guard index > start else { return nil }
      if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
        guard let bits = v4Bits(bytes, start..<bytes.count) else { return nil }
        return groups.append(UInt64(bits >> 16)) && groups.append(UInt64(bits & 0xFFFF)) ? groups.bits : nil
      }
      guard groups.append(group) else { return nil }
      if index == bytes.count { break }
      guard bytes[index] == UInt8(ascii: ":"), index + 1 < bytes.count else { return nil }
      index += 1
      if bytes[index] == UInt8(ascii: ":") {
        guard !groups.hasGap else { return nil }
        groups.markGap()
        index += 1
      }
    }
    return groups.bits
  }

  /// Collects 16-bit groups left to right without an array: the groups before `::` and those after it.
  private struct GroupReader {
    private var head: (UInt64, UInt64) = (0, 0)
    private var tail: (UInt64, UInt64) = (0, 0)
    private var headCount = 0
    private var tailCount = 0
    private(set) var hasGap = false

    mutating func markGap() { hasGap = true }

    /// False when there would be more groups than an address has.
    mutating func append(_ group: UInt64) -> Bool {
      guard headCount + tailCount < 8 else { return false }
      if hasGap {
        tail = (tail.0 << 16 | tail.1 >> 48, tail.1 << 16 | group)
        tailCount += 1
      } else {
        head = (head.0 << 16 | head.1 >> 48, head.1 << 16 | group)
        headCount += 1
      }
      return true
    }

    /// The address, or nil when groups are missing (or when `::` stands for none, RFC 4291: one or more groups).
    var bits: (UInt64, UInt64)? {
      guard hasGap ? headCount + tailCount < 8 : headCount == 8 else { return nil }
      let shift = UInt64(16 * (8 - headCount))
      let upper: UInt64
      let lower: UInt64
      switch shift {
      case 0: (upper, lower) = head
      case 128...: (upper, lower) = (0, 0)
      case 64...: (upper, lower) = (head.1 << (shift - 64), 0)
      default: (upper, lower) = (head.0 << shift | head.1 >> (64 - shift), head.1 << shift)
      }
      return (upper | tail.0, lower | tail.1)
    }
  }
}
