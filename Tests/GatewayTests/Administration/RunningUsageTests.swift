import Access
import AccessStorage
import Configuration
import GatewayTesting
import Testing

@testable import Gateway

/// What a stream has used so far is in the accounts while it runs.
@Suite struct RunningUsageTests {
  private let folder = TemporaryFolder()

  private func tokens(_ administrator: Administrator, of key: TestKey) async throws -> Int {
    let usage = try await administrator.get("/api/v1/admin/usage?group_by=key&key=\(key.record.id)").json
    return usage["usage"][0]["output_tokens"].int ?? 0
  }

  @Test("Relayed, and as a turn", arguments: ["/api/chat", ChatClient.path])
  func aLongStream(_ path: String) async throws {
    try await withGateway(
      ollama: .pausing(), { $0.store = .sqlite(path: folder.path + "/gateway.db") }
    ) { (gateway, ollama) async throws in
      let administrator = try await Administrator(gateway)
      let key = TestKey()
      try await gateway.gateway.keeper.add(key.record)
      let body =
        path == ChatClient.path
        ? ChatClient.body("Hi", stream: true)
        : #"{"model":"m","messages":[{"role":"user","content":"Hi"}]}"#
      let client = try await TestClient.connect(gateway.port)
      try await client.perform { try $0.sendPost(path, json: body, key.headers) }
      try await ollama.wait("two tokens are out") { $0.waiting(at: "go") == 1 }
      try await eventually("they are in the account") { try await tokens(administrator, of: key) == 2 }
      ollama.open("go")
      #expect(try await client.perform { try $0.readResponse() }.status == 200)
      // Once: the end takes the place of what was counted before.
      try await eventually("all three are") { try await tokens(administrator, of: key) == 3 }
      let usage = try await administrator.get("/api/v1/admin/usage?group_by=key").json
      #expect(usage["usage"][0]["requests"] == 1)
    }
  }
}
