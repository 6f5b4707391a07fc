import Configuration
import GatewayTesting
import Testing

/// Many sockets at once.
@Suite(.serialized) struct WebSocketLoadTests {
  private func sockets(_ count: Int, _ gateway: RunningGateway) async throws -> [ChatWebSocket] {
    try await withThrowingTaskGroup(of: ChatWebSocket.self) { group in
      for number in 0..<count {
        group.addTask {
          try await ChatWebSocket(gateway, ChatWebSocket.routes[number % 2], session: "s\(number)")
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
  }

  /// A thousand answers of 20 tokens a second: every chunk of each arrives, in order, on its own socket.
  @Test func aThousandAnswersAtOnce() async throws {
    let ollama = try ScriptedOllama { request in
      let name = request.json["messages"][0]["content"].string ?? ""
      return .chat((0..<40).map { "\(name):\($0) " }, every: .milliseconds(50))
    }
    try await withGateway(ollama: ollama) { gateway, ollama in
      let sockets = try await sockets(1000, gateway)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for socket in sockets {
          group.addTask {
            let name = socket.connection["session_id"].string ?? ""
            await socket.chat(name)
            let answer = try await socket.receive(through: "stream_end")
            #expect(answer.streamedText == (0..<40).map { "\(name):\($0) " }.joined())
            #expect(answer.compactMap { $0["seq"].int } == Array(1...41))
            #expect(answer.last?["full_response"].string == answer.streamedText)
          }
        }
        try await group.waitForAll()
      }
      #expect(ollama.snapshot.answeredCount == 1000)
    }
  }

  /// Idle ones answer, and leave nothing behind.
  @Test func twoThousandIdleSockets() async throws {
    try await withGateway { gateway, _ in
      let sockets = try await sockets(2000, gateway)
      for socket in sockets { await socket.socket.send(.ping("there?")) }
      for socket in sockets { #expect(try await socket.socket.receive() == .pong(Array("there?".utf8))) }
      #expect(try await TestClient.get(gateway.port, "/api/v1/chat/connections").json["count"] == 2000)
      for (number, socket) in sockets.enumerated() {
        if number.isMultiple(of: 2) { try await socket.socket.close() } else { await socket.socket.kill() }
      }
      try await eventually("none is left") {
        try await TestClient.get(gateway.port, "/api/v1/chat/connections").json["count"] == 0
      }
    }
  }
}
