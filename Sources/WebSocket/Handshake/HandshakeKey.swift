internal import Bytes

/// The value of `Sec-WebSocket-Key`: 16 bytes in base 64. RFC 6455 section 4.1.
public struct HandshakeKey: Sendable, Hashable {
  /// 16 bytes in base 64: 24 characters.
  public let text: String

  /// - Returns: nil if the text is anything else.
  public init?(_ text: String) {
    guard HandshakeKey.isOf16Bytes(text.utf8) else { return nil }
    self.text = text
  }

  /// A new one.
  public static func random() -> HandshakeKey {
    var system = SystemRandomNumberGenerator()
    return random(using: &system)
  }

  static func random(using random: inout some RandomNumberGenerator) -> HandshakeKey {
    let bytes = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    guard let key = HandshakeKey(Base64.text(of: bytes)) else { preconditionFailure("16 bytes make a key") }
    return key
  }

  /// The value of `Sec-WebSocket-Accept` that answers the key: RFC 6455 section 4.2.2.
  public var accept: String {
    Base64.text(of: SHA1.digest(of: Array((text + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)))
  }

  /// Whether this is the form of exactly 16 bytes: 22 digits and two paddings. What the last digit has beyond 128
  /// bits is not looked at, as in most decoders.
  private static func isOf16Bytes(_ text: String.UTF8View) -> Bool {
    text.count == 24 && text.dropLast(2).allSatisfy(Base64.isDigit)
      && text.suffix(2).allSatisfy { $0 == UInt8(ascii: "=") }
  }
}
