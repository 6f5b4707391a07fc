import Configuration
import GatewayTesting
import Testing

@Suite struct RelayManagementTimeTests {
  /// What other requests are not borne, a pull is: in front of its response, and within it.
  @Test func aPullMayBeSilent() async throws {
    let ollama = try ScriptedOllama { request in
      let gate: Script = [.gate(request.path)]
      return request.path == "/api/pull"
        ? gate
          + RelayStream.pull.script(
            .chunk(RelayStream.pull.event), .gate("verified"), .chunk(RelayStream.pull.mark), .endChunks)
        : gate
    }
    try await withGateway(
      ollama: ollama,
      {
        $0.allowModelManagement = true
        $0.firstByteTimeout = .milliseconds(100)
        $0.idleTimeout = .milliseconds(100)
        $0.workers = 1
      }
    ) { gateway, ollama in
      let pull = try await TestClient.connect(gateway.port)
      try await pull.perform { try $0.sendPost("/api/pull", json: #"{"model":"m"}"#) }
      try await ollama.wait("it is asked") { $0.waiting(at: "/api/pull") == 1 }
      // The time of the limit passes twice.
      #expect(try await RelayStream.chat.request(gateway.port).status == 504)
      ollama.open("/api/pull")
      let first = try await pull.perform { connection in
        _ = try connection.readHead()
        return try connection.readLine()
      }
      #expect(first == String(RelayStream.pull.event.dropLast()))
      #expect(try await RelayStream.chat.request(gateway.port).status == 504)
      ollama.open("verified")
      let rest = try await pull.perform { String(decoding: try $0.readBody(), as: UTF8.self) }
      #expect(rest == RelayStream.pull.mark)
    }
  }
}
