import Access
import Configuration
import GatewayTesting
import Testing

/// What servers have in memory as the operator and the settings want it.
@Suite(.serialized) struct FleetMemoryTests {
  private static let admin = "/api/v1/admin/servers"

  private func generate(
    _ gateway: RunningGateway, _ context: Int?, _ fields: TestHeaders = [:], path: String = "/api/generate"
  ) async throws -> TestClient.Response {
    let options = context.map { #","options":{"top_k":3,"num_ctx":\#($0)}"# } ?? ""
    let what = path == "/api/chat" ? #""messages":[{"role":"user","content":"x"}]"# : #""prompt":"x""#
    return try await TestClient.post(
      gateway.port, path, json: #"{"model":"a",\#(what),"stream":false\#(options)}"#, fields)
  }

  private func load(_ gateway: RunningGateway, _ servers: String) async throws -> TestClient.Response {
    try await TestClient.post(
      gateway.port, "/api/generate", json: #"{"model":"a","keep_alive":-1,"stream":false}"#,
      ["X-Gateway-Servers": servers])
  }

  private func lengths(_ ollama: SimulatedOllama) -> [Int?] {
    ollama.snapshot.record.loads.map(\.options.contextLength)
  }

  @Test("A request for less context than its model has is sent with that") func fit() async throws {
    try await withFleet(1, { _, _ in }, { $0.context = .fit }) { gateway, ollamas in
      try await gateway.waitForLists(1)
      for (context, told) in [(8_192, nil), (4_096, "4096->8192"), (8_192, nil), (2_048, "2048->8192")] {
        for path in ["/api/generate", "/api/chat"] {
          let response = try await generate(gateway, context, path: path)
          #expect(response.status == 200)
          #expect(response.headers["X-Gateway-Context"] == told, "\(context)")
        }
      }
      let none = try await generate(gateway, nil)
      #expect(none.headers["X-Gateway-Context"] == nil)
      #expect(lengths(ollamas[0]).first == 8_192)
      // Of the gateway's own sessions as well.
      let message = #"{"model":"a","message":"x","options":{"num_ctx":1024}}"#
      let before = lengths(ollamas[0]).count
      let again = try await generate(gateway, 8_192)
      #expect(again.status == 200)
      let chat = try await TestClient.post(gateway.port, "/api/v1/chat", json: message)
      #expect(chat.status == 200)
      #expect(lengths(ollamas[0]).count <= before + 1)
      let metrics = try await TestClient.get(gateway.port, "/metrics").text
      #expect(metrics.contains("ollama_gateway_reloads_avoided_total 5\n"))
    }
  }

  @Test("Without that it goes out as it came") func pass() async throws {
    try await withFleet(1) { gateway, ollamas in
      for context in [8_192, 4_096] {
        let response = try await generate(gateway, context)
        #expect(response.headers["X-Gateway-Context"] == nil)
      }
      #expect(lengths(ollamas[0]) == [8_192, 4_096])
    }
  }

  @Test("Two clients of one server take two loads at most") func twoClients() async throws {
    try await withFleet(1, { _, _ in }, { $0.context = .fit }) { gateway, ollamas in
      try await gateway.waitForLists(1)
      for number in 0..<40 {
        let response = try await generate(gateway, number % 2 == 0 ? 4_096 : 8_192)
        #expect(response.status == 200)
      }
      #expect(lengths(ollamas[0]) == [4_096, 8_192])
    }
  }

  @Test("What is to stay in memory is loaded at the start") func pins() async throws {
    try await withFleet(2, { _, _ in }, { $0.servers[0].pin = [ModelGlob("A")!, ModelGlob("none")!] }) {
      gateway, ollamas in
      var pins = TestJSON.null
      try await eventually("it is in memory", state: { "\(pins)" }) {
        pins = try await TestClient.get(gateway.port, Self.admin).json["servers"][0]["pins"]
        return pins[0]["state"] == "resident"
      }
      #expect(pins[0]["model"] == "a:latest" && pins[0]["reason"] == .null)
      #expect(pins[1] == .object(["model": "none:latest", "state": "failed", "reason": "not_listed"]))
      #expect(ollamas.map { $0.snapshot.record.loads.count } == [1, 0])
      let loaded = try await TestClient.get(ollamas[0].port, "/api/ps").json["models"][0]
      #expect((loaded["expires_at"].string ?? "") > "2100")
      #expect(gateway.log.contains("s1 has no model none:latest"))
      let other = try await TestClient.get(gateway.port, Self.admin).json["servers"][1]["pins"]
      #expect(other == .array([]))
    }
  }

  @Test("Who may manage models chooses the servers") func choice() async throws {
    for mayManage in [true, false] {
      try await withFleet(2, { _, _ in }, { $0.allowModelManagement = mayManage }) { gateway, ollamas in
        try await gateway.waitForLists(2)
        guard mayManage else {
          // As without the field: one of them.
          let response = try await load(gateway, "s1,s2")
          #expect(response.status == 200)
          #expect(ollamas.reduce(0) { $0 + $1.snapshot.record.loads.count } == 1)
          return
        }
        let unknown = try await load(gateway, "none")
        #expect(unknown.status == 400)
        for (server, loads) in [("s2", [0, 1]), ("s1,s2", [1, 1])] {
          let response = try await load(gateway, server)
          #expect(response.status == 200)
          #expect(ollamas.map { $0.snapshot.record.loads.count } == loads)
        }
        // A request that does more goes where it is best.
        let whole = try await generate(gateway, nil, ["X-Gateway-Servers": "none"])
        #expect(whole.status == 200)
        let unload = try await TestClient.post(
          gateway.port, "/api/generate", json: #"{"model":"a","keep_alive":0,"stream":false}"#,
          ["X-Gateway-Servers": "s1"])
        #expect(unload.status == 200)
        #expect(ollamas.map { $0.snapshot.record.unloads.count } == [1, 0])
      }
    }
  }
}
