extension JSONWriter {
  private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// A string that is bytes in base 64 (RFC 4648 section 4), with padding.
  public mutating func base64(_ content: [UInt8]) {
    beginValue()
    append(UInt8(ascii: "\""))
    let digits = JSONWriter.digits
    let whole = content.count / 3 * 3
    for start in stride(from: 0, to: whole, by: 3) {
      let bits = Int(content[start]) << 16 | Int(content[start + 1]) << 8 | Int(content[start + 2])
      append(digits[bits >> 18])
      append(digits[bits >> 12 & 63])
      append(digits[bits >> 6 & 63])
      append(digits[bits & 63])
    }
    if content.count - whole == 1 {
      let bits = Int(content[whole]) << 4
      append(digits[bits >> 6])
      append(digits[bits & 63])
      append("==")
    } else if content.count - whole == 2 {
      let bits = (Int(content[whole]) << 8 | Int(content[whole + 1])) << 2
      append(digits[bits >> 12])
      append(digits[bits >> 6 & 63])
      append(digits[bits & 63])
      append("=")
    }
    append(UInt8(ascii: "\""))
  }
}
