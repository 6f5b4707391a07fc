/// Base 64 (RFC 4648 section 4), which is written with padding.
package enum Base64 {
  static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// How many digits so many bytes have, the padding among them.
  package static func count(of bytes: Int) -> Int { (bytes + 2) / 3 * 4 }

  /// Writes the digits of `content` from number `start` on, as many as there are or fit.
  ///
  /// - Returns: how many were written.
  package static func write(
    _ content: UnsafeRawBufferPointer, from start: Int, into buffer: UnsafeMutableRawBufferPointer
  ) -> Int {
    let end = min(count(of: content.count), start + buffer.count)
    digits.withUnsafeBufferPointer { digits in
      var position = start
      while position < end {
        let first = position / 4 * 3
        let place = position - start
        if position % 4 == 0 && end - position >= 4 && content.count - first >= 3 {
          let bits = Int(content[first]) << 16 | Int(content[first + 1]) << 8 | Int(content[first + 2])
          buffer[place] = digits[bits >> 18]
          buffer[place + 1] = digits[bits >> 12 & 63]
          buffer[place + 2] = digits[bits >> 6 & 63]
          buffer[place + 3] = digits[bits & 63]
          position += 4
        } else {
          let group = UnsafeRawBufferPointer(rebasing: content[first...].prefix(3))
          buffer[place] = value(position % 4, of: group).map { digits[$0] } ?? UInt8(ascii: "=")
          position += 1
        }
      }
    }
    return max(0, end - start)
  }

  /// All digits of the bytes.
  package static func text(of bytes: [UInt8]) -> String {
    String(unsafeUninitializedCapacity: count(of: bytes.count)) { buffer in
      bytes.withUnsafeBytes { write($0, from: 0, into: UnsafeMutableRawBufferPointer(buffer)) }
    }
  }

  /// A digit's value of a group of up to three bytes; nil for padding.
  private static func value(_ place: Int, of group: UnsafeRawBufferPointer) -> Int? {
    guard place <= group.count else { return nil }
    var bits = 0
    for index in 0..<3 { bits = bits << 8 | (index < group.count ? Int(group[index]) : 0) }
    return bits >> (18 - 6 * place) & 63
  }
}
