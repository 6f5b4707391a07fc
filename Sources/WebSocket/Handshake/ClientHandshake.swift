public import HTTPFields

/// The opening handshake as a client sees it: RFC 6455 section 4.1. No extension is offered.
public struct ClientHandshake: Sendable {
  public let key: HandshakeKey
  /// What is offered, the first choice first.
  public let subprotocols: [String]

  public init(subprotocols: [String] = [], key: HandshakeKey = .random()) {
    self.key = key
    self.subprotocols = subprotocols
  }

  /// The fields that make a GET request an upgrade. `Host` goes with them, and `Origin` if the client is a browser.
  public var fields: [HTTPField] {
    var fields: [HTTPField] = [
      ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Key", key.text),
      ("Sec-WebSocket-Version", "13"),
    ]
    if !subprotocols.isEmpty {
      fields.append(("Sec-WebSocket-Protocol", subprotocols.joined(separator: ", ")))
    }
    return fields
  }

  /// Checks the response.
  ///
  /// - Returns: the subprotocol that the server chose, if it chose one.
  /// - Throws: why this is no WebSocket connection.
  public func subprotocol(ofResponse status: Int, fields: [HTTPField]) throws(HandshakeFailure) -> String? {
    guard status == 101 else { throw .status(status) }
    guard fields.lists("websocket", in: "upgrade") else { throw .upgrade }
    guard fields.lists("upgrade", in: "connection") else { throw .connection }
    guard fields.values("sec-websocket-accept") == [Substring(key.accept)] else { throw .accept }
    guard fields.elements("sec-websocket-extensions").isEmpty else { throw .extensions }
    let chosen = fields.values("sec-websocket-protocol").map(String.init)
    guard chosen.count <= 1, chosen.allSatisfy(subprotocols.contains) else { throw .subprotocol }
    return chosen.first
  }
}
