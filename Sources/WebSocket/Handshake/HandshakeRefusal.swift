public import HTTPFields

/// Why a server refuses an upgrade, as a plain HTTP response.
public struct HandshakeRefusal: Error, Sendable, Hashable {
  /// 400, or 426 for another version of the protocol.
  public let status: Int
  /// Names the field that is wrong.
  public let reason: String

  /// The fields that the response must have: with 426 the version that this server speaks, RFC 6455 section 4.4.
  public var fields: [HTTPField] {
    guard status == 426 else { return [] }
    // RFC 9110 section 15.5.22 asks for Upgrade, and section 7.8 for Connection beside it.
    return [
      ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13"),
    ]
  }
}
