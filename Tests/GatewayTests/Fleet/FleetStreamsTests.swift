import Configuration
import Fleet
import GatewayTesting
import Testing

/// What streams that run side by side tell of a server, while none of them has ended.
@Suite(.serialized) struct FleetStreamsTests {
  enum API: CaseIterable {
    case relay
    case chat
  }

  /// A client whose response begins, and does not end before the server is released.
  private static func open(_ gateway: RunningGateway, _ api: API, _ number: Int) async throws -> TestClient {
    switch api {
    case .relay:
      let client = try await TestClient.connect(gateway.port)
      let body = FleetPrompt.chat("a", "stream \(number)", FleetPrompt.streamed)
      try await client.perform { try $0.sendPost("/api/chat", json: body) }
      return client
    case .chat: return try await ChatClient(gateway).open("stream \(number)", #""model":"a""#)
    }
  }

  /// Of a server with four slots that nobody has told of: with one known two go out, and with four known eight. None of the
  /// responses ends meanwhile: what is learned is learned of their beginnings.
  @Test(arguments: API.allCases) func streamsSideBySideTeachTheSlots(api: API) async throws {
    try await withFleet(
      2,
      { number, settings in
        settings.slots = 4
        settings.models = [SimulatedModel(number == 1 ? "a" : "b")]
      }
    ) { gateway, ollamas in
      try await gateway.waitForLists(2)
      _ = try await TestClient.post(ollamas[0].port, "/api/generate", json: #"{"model":"a"}"#)
      ollamas[0].hold { $0.tokens = 1 }
      var clients: [TestClient] = []
      // With three known, the seventh waits in the gateway: then streams are looked at though no more requests come.
      for number in 0..<7 {
        clients.append(try await Self.open(gateway, api, number))
        let running = min(number + 1, 4)
        try await ollamas.wait("\(running) run side by side") { $0[0].view.running == running }
      }
      try await ollamas.wait("the others wait for a slot of theirs") { $0[0].view.waiting == 3 }
      // The server has begun to respond a moment before the gateway has read it.
      try await eventually("the slots are learned", state: { "\(gateway.fleet)" }) {
        gateway.fleet.servers[0].instances.map(\.slots) == [4]
      }
      #expect(gateway.fleet.depth == 0)
      ollamas[0].release()
      for client in clients {
        let response = try await client.perform { try $0.readResponse() }
        #expect(response.status == 200)
      }
    }
  }

  /// What has begun to respond with an error has no slot.
  @Test func errorsTeachNothing() async throws {
    try await withFleet(2, { $1.models = [SimulatedModel($0 == 1 ? "a" : "b")] }) { gateway, _ in
      try await gateway.waitForLists(2)
      for _ in 0..<8 {
        async let first = TestClient.post(
          gateway.port, "/api/chat", json: #"{"model":"a","messages":[],"format":7,"stream":true}"#)
        async let second = TestClient.post(
          gateway.port, "/api/chat", json: #"{"model":"a","messages":[],"format":7,"stream":true}"#)
        _ = try await (first, second)
      }
      #expect(gateway.fleet.servers[0].instances.allSatisfy { $0.slots == 1 })
    }
  }
}
