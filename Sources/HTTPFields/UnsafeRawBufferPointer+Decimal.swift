extension UnsafeRawBufferPointer {
  /// The number that 1 to 18 decimal digits are, as in `Content-Length`; nil where they are anything else.
  public var decimal: Int? {
    guard (1...18).contains(count) else { return nil }
    var number = 0
    for byte in self {
      guard (0x30...0x39).contains(byte) else { return nil }
      number = 10 * number + Int(byte - 0x30)
    }
    return number
  }
}
