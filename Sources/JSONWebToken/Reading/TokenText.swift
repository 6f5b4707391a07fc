internal import Bytes

/// A signed token (RFC 7519) in its compact form (RFC 7515 section 7.1), taken apart. Nothing of it is believed by that: see
/// ``KeySet/verify(_:by:)``.
package struct TokenText: Sendable {
  /// The most bytes of a token.
  package static let longest = 16 * 1024
  /// The most bytes of a header, decoded.
  static let longestHeader = 4 * 1024
  /// The most bytes of a signature: that of an RSA key of 8,192 bits.
  private static let longestSignature = 1024

  /// What it says of how it is signed.
  package let header: TokenHeader
  /// What it says; nobody has looked at its signature.
  package let claims: TokenClaims
  /// What is signed, as it stands in the token: header, dot and claims.
  let signed: [UInt8]
  let signature: [UInt8]

  /// Reads a token. Takes microseconds.
  package init(_ text: UnsafeRawBufferPointer) throws(TokenFault) {
    guard text.count <= Self.longest else { throw .tooLong }
    let dot = UInt8(ascii: ".")
    guard let first = text.firstIndex(of: dot), let second = text[(first + 1)...].firstIndex(of: dot),
      !text[(second + 1)...].contains(dot), first <= (Self.longestHeader * 4 + 2) / 3
    else { throw .malformed }
    let parts = [text[..<first], text[(first + 1)..<second], text[(second + 1)...]]
      .map { Base64URL.decode(UnsafeRawBufferPointer(rebasing: $0)) }
    guard let header = parts[0].flatMap({ StrictObject($0) }), let payload = parts[1],
      let claims = StrictObject(payload), let signature = parts[2]
    else { throw .malformed }
    self.header = try TokenHeader(header)
    self.claims = try TokenClaims(claims)
    // The signature of `none` is empty, and is told by its algorithm.
    guard signature.count <= Self.longestSignature else { throw .malformed }
    self.signature = signature
    signed = Array(text[..<second])
  }

  /// The same of a text.
  package init(_ text: some StringProtocol) throws(TokenFault) {
    let bytes = Array(text.utf8)
    let result = bytes.withUnsafeBytes { bytes in
      Result { () throws(TokenFault) in try TokenText(bytes) }
    }
    self = try result.get()
  }

  /// Whether a credential has a token's form: two dots, of which neither is the end, and digits of base 64 for URLs between them.
  package static func isForm(_ text: UnsafeRawBufferPointer) -> Bool {
    var dots = 0
    for byte in text {
      if byte == UInt8(ascii: ".") {
        dots += 1
      } else if !ASCII.isAlphanumeric(byte) && byte != UInt8(ascii: "-") && byte != UInt8(ascii: "_") {
        return false
      }
    }
    return dots == 2 && text.first != UInt8(ascii: ".")
  }
}
