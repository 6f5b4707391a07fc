import Configuration
import GatewayTesting
import Testing

/// The opening handshake, RFC 6455 section 4.2.1, field by field, by both names of the endpoint.
@Suite(.serialized) struct WebSocketHandshakeTests {
  @Test(arguments: ChatWebSocket.routes)
  func theResponse(route: String) async throws {
    try await withGateway { gateway, _ in
      let response = try await TestClient.run(gateway.port) { connection in
        try connection.send(TestWebSocket.handshake(route, ["X-Request-Id": "mine"]))
        return try connection.readHead()
      }
      #expect(response.status == 101)
      #expect(response.headers.values(of: "Connection") == ["Upgrade"])
      #expect(response.headers.values(of: "Upgrade") == ["websocket"])
      #expect(response.headers.values(of: "Sec-WebSocket-Accept") == [TestWebSocket.accept])
      #expect(response.headers.values(of: "X-Request-Id") == ["mine"])
      for name in [
        "Content-Length", "Transfer-Encoding", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions",
      ] {
        #expect(!response.headers.contains(name), "\(name)")
      }
    }
  }
}
