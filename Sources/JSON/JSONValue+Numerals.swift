internal import Bytes

// Numbers that a client has put into quotes: forms and some languages send them so.
extension JSONValue {
  /// ``int``, or that of a string that is one number of JSON's grammar from its first byte to its last.
  public var numeralInt: Int? {
    if let int { return int }
    return withNumeral { text in
      if let integer = Int(text) { return integer }
      guard let double = Double(text), abs(double) <= 0x1p53 else { return nil }
      return Int(exactly: double)
    }
  }

  /// ``double``, or that of a string that is one number of JSON's grammar. Never infinite.
  public var numeralDouble: Double? {
    if let double { return double }
    return withNumeral { text in Double(text).flatMap { $0.isFinite ? $0 : nil } }
  }

  /// The longest numeral that is read, in bytes: more digits than tell any two doubles apart.
  private static let longestNumeral = 64

  private func withNumeral<Result>(_ body: (String) -> Result?) -> Result? {
    let text = withUTF8 { bytes -> String? in
      guard bytes.count <= JSONValue.longestNumeral, bytes.isNumeral else { return nil }
      return String(decoding: bytes, as: UTF8.self)
    }
    guard let text = text ?? nil else { return nil }
    return body(text)
  }
}

extension UnsafeRawBufferPointer {
  /// Whether it is a number by RFC 8259 section 6: Swift's own readers know more, such as `0x1p3` and `nan`.
  fileprivate var isNumeral: Bool {
    var rest = self[...]
    if rest.first == UInt8(ascii: "-") { rest.removeFirst() }
    let startsWithZero = rest.first == UInt8(ascii: "0")
    let digits = rest.dropDigits()
    guard digits == 1 || (digits > 1 && !startsWithZero) else { return false }
    if rest.first == UInt8(ascii: ".") {
      rest.removeFirst()
      guard rest.dropDigits() > 0 else { return false }
    }
    if let mark = rest.first, mark | 0x20 == UInt8(ascii: "e") {
      rest.removeFirst()
      if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest.removeFirst() }
      guard rest.dropDigits() > 0 else { return false }
    }
    return rest.isEmpty
  }
}

extension Slice<UnsafeRawBufferPointer> {
  /// Takes the digits at its beginning away, and says how many there were.
  fileprivate mutating func dropDigits() -> Int {
    let count = prefix(while: ASCII.isDigit).count
    removeFirst(count)
    return count
  }
}
