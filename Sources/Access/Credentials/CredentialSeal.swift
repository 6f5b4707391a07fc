internal import Bytes

/// Writes credentials, and knows its own again: nothing of them is stored. Safe from any thread.
///
/// A credential's text is 96 hexadecimal digits: its 128 bits, and their HMAC by a key that is never shown. Where sessions are
/// stored so is the key; else the process makes it up at its start, and they end with the process, as the sessions do that they
/// stand for.
public struct CredentialSeal: Sendable {
  /// Bytes of a credential's text.
  public static let textBytes = 2 * (credentialBytes + HMACSHA256.codeBytes)

  private static let credentialBytes = 16
  private let code: HMACSHA256

  /// With a new random key of 256 bits.
  public init() { self.init(key: CredentialSeal.makeKey()) }

  /// 256 random bits.
  package static func makeKey() -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<SHA256.digestBytes).map { _ in UInt8.random(in: 0...255, using: &generator) }
  }

  package init(key: [UInt8]) { code = HMACSHA256(key: key) }

  /// A new credential's text.
  public func make(_ kind: Credential.Kind) -> String { text(of: .random(), kind) }

  func text(of credential: Credential, _ kind: Credential.Kind) -> String {
    let bytes = credential.bytes + code.code(of: [kind.rawValue] + credential.bytes)
    return Hexadecimal.text(of: bytes)
  }

  /// The credential, if the text was made here as one of this kind.
  public func read(_ text: UnsafeRawBufferPointer, _ kind: Credential.Kind) -> Credential? {
    // In lower case, so that each credential has one text.
    guard text.count == Self.textBytes, let bytes = Hexadecimal.bytes(ofLowercase: text) else { return nil }
    let (given, code) = (Array(bytes[..<Self.credentialBytes]), Array(bytes[Self.credentialBytes...]))
    guard self.code.isCode(code, of: [kind.rawValue] + given) else { return nil }
    return Credential(high: Self.number(given[..<8]), low: Self.number(given[8...]))
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reduce(0) { $0 << 8 | UInt64($1) }
  }
}
