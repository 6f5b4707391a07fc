public import HTTPFields

/// The opening handshake as a client sees it: RFC 6455 section 4.1. No extension is offered.
public struct ClientHandshake: Sendable {
  /// What the server proves by that it speaks WebSocket.
  public let key: HandshakeKey
  /// What is offered, the first choice first.
  public let subprotocols: [String]

  /// - Parameter subprotocols: what is offered, the first choice first.
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

  /// The head of the request, ready to be sent. All texts must be fit for one: no line breaks.
  ///
  /// - Parameters:
  ///   - target: path and query, escaped.
  ///   - host: with the port, unless it is 80.
  ///   - others: fields beside those of the upgrade, such as `Authorization`.
  public func requestHead(target: String, host: String, others: [HTTPField] = []) -> [UInt8] {
    var head = Array("GET \(target) HTTP/1.1\r\nHost: \(host)\r\n".utf8)
    for field in fields + others { head += Array("\(field.name): \(field.value)\r\n".utf8) }
    let lines = fields.count + others.count + 2
    for byte in [UInt8(ascii: "\r"), UInt8(ascii: "\n")] {
      precondition(head.count { $0 == byte } == lines, "a field has a line break")
    }
    return head + [UInt8(ascii: "\r"), UInt8(ascii: "\n")]
  }

  /// Checks the response.
  ///
  /// - Returns: the subprotocol that the server chose, if it chose one.
  /// - Throws: why this is no WebSocket connection.
  public func subprotocol(ofResponse status: Int, fields: [HTTPField]) throws(HandshakeError) -> String? {
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
