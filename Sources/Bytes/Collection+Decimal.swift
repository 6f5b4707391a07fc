extension Collection<UInt8> {
  /// The number that 1 to 18 decimal digits are, as in `Content-Length`; nil where the bytes are anything else.
  @inlinable
  package var decimal: Int? {
    guard (1...18).contains(count) else { return nil }
    var number = 0
    for byte in self {
      guard ASCII.isDigit(byte) else { return nil }
      number = 10 * number + Int(byte - UInt8(ascii: "0"))
    }
    return number
  }
}
