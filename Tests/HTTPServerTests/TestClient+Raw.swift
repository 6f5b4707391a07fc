import GatewayTesting

extension TestClient.Connection {
  /// All that comes until the peer closes or resets the connection, as text.
  func readToEnd() throws -> String {
    var bytes: [UInt8] = []
    do {
      while let piece = try receiveBytes() { bytes += piece }
    } catch TestClientError.closed {}
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension String {
  /// How often `text` stands in it.
  func count(of text: String) -> Int { ranges(of: text).count }
}
