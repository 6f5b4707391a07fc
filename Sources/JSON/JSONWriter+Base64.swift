internal import Bytes

extension JSONWriter {
  /// A string that is bytes in base 64 (RFC 4648 section 4), with padding.
  public mutating func base64(_ content: [UInt8]) {
    beginValue()
    append(UInt8(ascii: "\""))
    let digits = [UInt8](unsafeUninitializedCapacity: Base64.count(of: content.count)) { buffer, count in
      count = content.withUnsafeBytes {
        Base64.write($0, from: 0, into: UnsafeMutableRawBufferPointer(buffer))
      }
    }
    digits.withUnsafeBytes { append($0) }
    append(UInt8(ascii: "\""))
  }
}
