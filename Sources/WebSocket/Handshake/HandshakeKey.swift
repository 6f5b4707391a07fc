/// The value of `Sec-WebSocket-Key`: 16 bytes in base 64. RFC 6455 section 4.1.
public struct HandshakeKey: Sendable, Hashable {
  public let text: String

  /// - Returns: nil if the text is anything else.
  public init?(_ text: String) {
    guard Base64.isOf16Bytes(text.utf8) else { return nil }
    self.text = text
  }

  /// A new one.
  public static func random() -> HandshakeKey {
    var system = SystemRandomNumberGenerator()
    return random(using: &system)
  }

  static func random(using random: inout some RandomNumberGenerator) -> HandshakeKey {
    let bytes = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    guard let key = HandshakeKey(Base64.encode(bytes)) else { preconditionFailure("16 bytes make a key") }
    return key
  }

  /// The value of `Sec-WebSocket-Accept` that answers the key: RFC 6455 section 4.2.2.
  public var accept: String {
    Base64.encode(SHA1.digest(of: Array((text + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)))
  }
}
