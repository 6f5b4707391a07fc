public import HTTPFields

/// The opening handshake as a server sees it: RFC 6455 section 4.2. Extensions are never negotiated.
public struct ServerHandshake: Sendable, Hashable {
  /// The value of `Sec-WebSocket-Accept`.
  public let accept: String
  /// The client's first choice of those that the server knows.
  public let subprotocol: String?

  /// Checks a request field by field. Origin, host and path are the caller's to judge.
  ///
  /// - Parameter subprotocols: those that the server knows; a name has its case.
  /// - Throws: the response that refuses it.
  public init(
    method: String, isHTTP1_1: Bool, fields: [HTTPField], subprotocols: [String] = []
  ) throws(HandshakeRefusal) {
    guard method == "GET" else { throw .badRequest("the method of an upgrade is GET") }
    guard isHTTP1_1 else { throw .badRequest("an upgrade needs HTTP/1.1") }
    try Self.checkUpgrade(fields)
    try Self.checkVersion(fields)
    accept = try Self.key(fields).accept
    subprotocol = fields.elements("sec-websocket-protocol").map(String.init)
      .first(where: subprotocols.contains)
  }

  /// The fields of the response, whose status is 101, but for `Connection: Upgrade`, which is the HTTP server's to set.
  public var fields: [HTTPField] {
    var fields: [HTTPField] = [("Upgrade", "websocket"), ("Sec-WebSocket-Accept", accept)]
    if let subprotocol { fields.append(("Sec-WebSocket-Protocol", subprotocol)) }
    return fields
  }

  private static func checkUpgrade(_ fields: [HTTPField]) throws(HandshakeRefusal) {
    guard fields.values("host").count == 1 else { throw .badRequest("Host must be there once") }
    // Frames follow the head at once; a body would be taken for them.
    guard fields.values("transfer-encoding").isEmpty else {
      throw .badRequest("an upgrade has no body: Transfer-Encoding")
    }
    guard fields.values("content-length").allSatisfy({ $0 == "0" }) else {
      throw .badRequest("an upgrade has no body: Content-Length")
    }
    guard fields.lists("websocket", in: "upgrade") else {
      throw .badRequest("Upgrade does not name websocket")
    }
    guard fields.lists("upgrade", in: "connection") else {
      throw .badRequest("Connection does not name Upgrade")
    }
  }

  private static func checkVersion(_ fields: [HTTPField]) throws(HandshakeRefusal) {
    let versions = fields.values("sec-websocket-version")
    guard versions.count == 1 else { throw .badRequest("Sec-WebSocket-Version must be there once") }
    guard versions[0] != "13" else { return }
    // Section 4.3: a number from 0 to 255, without leading zeros.
    guard let number = UInt8(versions[0]), "\(number)" == versions[0] else {
      throw .badRequest("Sec-WebSocket-Version is not a version")
    }
    throw HandshakeRefusal(status: 426, reason: "Sec-WebSocket-Version must be 13")
  }

  private static func key(_ fields: [HTTPField]) throws(HandshakeRefusal) -> HandshakeKey {
    let keys = fields.values("sec-websocket-key")
    guard keys.count == 1 else { throw .badRequest("Sec-WebSocket-Key must be there once") }
    guard let key = HandshakeKey(String(keys[0])) else {
      throw .badRequest("Sec-WebSocket-Key is not 16 bytes in base 64")
    }
    return key
  }
}

extension HandshakeRefusal {
  fileprivate static func badRequest(_ reason: String) -> HandshakeRefusal {
    HandshakeRefusal(status: 400, reason: reason)
  }
}
