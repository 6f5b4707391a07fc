import Configuration
import GatewayTesting
import Limits
import Testing

/// Limits of what is asked over a WebSocket, and of WebSockets.
@Suite struct WebSocketLimitTests {
  @Test func aTurnIsRefusedAsARequestIs() async throws {
    try await withGateway(ollama: .counting()) {
      $0.anonymous = LimitSet(rpm: 1)
    } _: { gateway, ollama in
      let chat = try await ChatWebSocket(gateway, session: "s")
      await chat.chat("One")
      #expect(try await chat.receive(through: "stream_end").count > 1)
      await chat.chat("Two")
      let refused = try await chat.take("error")
      #expect(refused["code"] == "rate_limit_exceeded")
      #expect(refused["message"] == "rate limit: 1 request a minute")
      #expect(refused["retry_after"].int.map { (1...60).contains($0) } == true)
      // Nothing of it is in the history.
      await chat.say("get_history")
      #expect(try await chat.take("history")["count"] == 2)
      #expect(ollama.snapshot.exchanges(for: "/api/chat").count == 1)
      #expect(try await chat.socket.close() == 1000)
    }
  }

  @Test func aBudgetHasACodeOfItsOwn() async throws {
    try await withGateway(ollama: .counting()) {
      $0.anonymous = LimitSet(budgets: [Budget(unit: .tokens, period: .day, amount: 1)])
    } _: { gateway, _ in
      let chat = try await ChatWebSocket(gateway, session: "s")
      await chat.chat("One")
      _ = try await chat.receive(through: "stream_end")
      await chat.chat("Two")
      let refused = try await chat.take("error")
      #expect(
        refused["code"] == "insufficient_quota" && refused["message"] == "budget of this day is used up")
      #expect(try await chat.socket.close() == 1000)
    }
  }

  @Test func placesOfWebSockets() async throws {
    try await withGateway {
      $0.anonymous = LimitSet(websockets: 1)
    } _: { gateway, _ in
      let chat = try await ChatWebSocket(gateway, session: "s")
      let refused = try await TestClient.run(gateway.port) { connection in
        try connection.send(TestWebSocket.handshake("/ws", [:]))
        return try connection.readResponse()
      }
      #expect(refused.status == 429)
      #expect(refused.json["violated-policies"] == .array([.string("websockets")]))
      #expect(try await chat.socket.close() == 1000)
      try await eventually("its place is free") {
        let head = try await TestClient.run(gateway.port) { connection in
          try connection.send(TestWebSocket.handshake("/ws", [:]))
          return try connection.readHead()
        }
        return head.status == 101
      }
    }
  }
}
