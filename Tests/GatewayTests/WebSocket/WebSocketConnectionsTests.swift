import GatewayTesting
import Testing

/// The list of connections and messages to all of them, for callers of this machine.
@Suite struct WebSocketConnectionsTests {
  private static let list = "/api/v1/chat/connections"
  private static let broadcast = "/api/v1/chat/broadcast"

  @Test("The list has every open WebSocket") func theList() async throws {
    try await withGateway(ollama: .pausing()) { gateway, ollama in
      #expect(try await TestClient.get(gateway.port, Self.list).text == #"{"connections":[],"count":0}"#)
      let chat = try await ChatWebSocket(gateway, session: "a", "client_id=one")
      let idle = try await ChatWebSocket(gateway, "/api/v1/chat/ws", session: "b", "client_id=two")
      await chat.chat()
      while try await chat.receive()["seq"] != 2 {}
      let list = try await TestClient.get(gateway.port, Self.list).json
      #expect(list["count"] == 2)
      let connections = list["connections"].array
      #expect(connections.map { $0["client_id"] } == ["one", "two"])
      #expect(connections.map { $0["session_id"] } == ["a", "b"])
      #expect(connections.map { $0["state"] } == ["generating", "idle"])
      #expect(connections.allSatisfy { $0["since"].string?.hasSuffix("Z") == true })
      ollama.open("go")
      _ = try await chat.receive(through: "stream_end")
      #expect(try await TestClient.get(gateway.port, Self.list).json["connections"][0]["state"] == "idle")
      try await idle.socket.close()
      try await eventually("one is left") {
        try await TestClient.get(gateway.port, Self.list).json["count"] == 1
      }
    }
  }

  @Test("A broadcast reaches every WebSocket") func broadcasts() async throws {
    try await withGateway { gateway, _ in
      var sockets: [ChatWebSocket] = []
      for number in 0..<20 {
        sockets.append(try await ChatWebSocket(gateway, ChatWebSocket.routes[number % 2]))
      }
      let sent = try await TestClient.post(gateway.port, Self.broadcast, json: #"{"message":"Tea \"now\""}"#)
      #expect(sent.status == 200)
      #expect(sent.json["status"] == "success" && sent.json["connections"] == 20)
      for socket in sockets {
        let message = try await socket.take("broadcast")
        #expect(message["message"] == "Tea \"now\"" && message["timestamp"].string != nil)
      }
    }
  }

  @Test(
    "Bad broadcasts are refused", arguments: [#"{}"#, #"{"message":""}"#, #"{"message":7}"#, "nonsense", ""])
  func badBroadcasts(body: String) async throws {
    try await withGateway { gateway, _ in
      let response = try await TestClient.post(gateway.port, Self.broadcast, json: body)
      #expect(response.status == 422 || response.status == 400, "\(response)")
    }
  }

  @Test func broadcastsAreJSON() async throws {
    try await withGateway { gateway, _ in
      for (type, status) in [("text/plain", 415), ("application/json; charset=utf-8", 200)] {
        let response = try await TestClient.request(
          gateway.port, "POST", Self.broadcast, ["Content-Type": type], body: Array(#"{"message":"m"}"#.utf8))
        #expect(response.status == status, "\(type)")
      }
    }
  }

  /// Behind a proxy of this machine everybody would seem to be here.
  @Test(arguments: ["X-Forwarded-For", "X-Real-IP", "Forwarded"])
  func callersFromElsewhere(field: String) async throws {
    try await withGateway { gateway, _ in
      let chat = try await ChatWebSocket(gateway)
      let headers: TestHeaders = [field: field == "Forwarded" ? "for=192.0.2.7" : "192.0.2.7"]
      let list = try await TestClient.get(gateway.port, Self.list, headers)
      #expect(list.status == 403)
      let sent = try await TestClient.post(gateway.port, Self.broadcast, json: #"{"message":"m"}"#, headers)
      #expect(sent.status == 403)
      await chat.say("ping")
      _ = try await chat.take("pong")
    }
  }
}
