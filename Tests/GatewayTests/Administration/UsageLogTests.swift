import Access
import AccessStorage
import Configuration
import GatewayTesting
import Testing

@testable import Gateway

/// Each request that is counted for somebody, where the operator wants a log of them.
@Suite struct UsageLogTests {
  private let folder = TemporaryFolder()

  private static let relayed = #"{"model":"m","messages":[{"role":"user","content":"a marked question"}]}"#

  @Test("Relayed, by OpenAI's path and as a turn; another key's are told apart") func isKept() async throws {
    try await withGateway(
      ollama: .counting(),
      {
        $0.store = .sqlite(path: folder.path + "/gateway.db")
        $0.usageLog = true
      }
    ) { (gateway, _) async throws in
      let administrator = try await Administrator(gateway)
      let (key, other) = (TestKey(), TestKey())
      for key in [key, other] { try await gateway.gateway.keeper.add(key.record) }
      var ids: [String] = []
      for (path, body) in [
        ("/api/chat", Self.relayed), ("/v1/chat/completions", Self.relayed),
        (ChatClient.path, ChatClient.body("Hi")),
      ] {
        let response = try await TestClient.post(gateway.port, path, json: body, key.headers)
        ids.append(try #require(response.headers["X-Request-Id"]))
      }
      _ = try await TestClient.post(gateway.port, "/api/chat", json: Self.relayed, other.headers)
      func log(_ query: String = "") async throws -> [TestJSON] {
        try await administrator.get("/api/v1/admin/usage/log\(query)").json["requests"].array
      }
      try await eventually("all are in the log") { try await log().count == 4 }
      let requests = try await log("?key=\(key.record.id)")
      #expect(requests.map { $0["request_id"].string ?? "" } == ids.reversed())
      #expect(requests.map { $0["dialect"].string ?? "" } == ["chat", "openai", "ollama"])
      for request in requests {
        #expect(request["key"].string == key.record.id.text && request["model"].string != nil, "\(request)")
        #expect(request["status"] == 200 && request["server"].string != nil, "\(request)")
        #expect(request["output_tokens"].int ?? 0 > 0, "\(request)")
      }
      let response = try await administrator.get("/api/v1/admin/usage/log?limit=1")
      #expect(response.json["has_more"] == true)
      #expect(response.headers["Link"]?.contains("/api/v1/admin/usage/log?limit=1&skip=1") == true)
      #expect(!(try await administrator.get("/api/v1/admin/usage/log").text).contains("marked"))
      let csv = try await administrator.get("/api/v1/admin/usage/log?format=csv&key=\(other.record.id)").text
      #expect(csv.hasPrefix("time,request_id,key,key_name,team,user,model,digest,server,dialect,status,"))
      #expect(csv.split(separator: "\r\n").count == 2)
      #expect(try await administrator.get("/api/v1/admin/usage/log?from=never").status == 422)
      let refused = try await TestClient.request(gateway.port, "GET", "/api/v1/admin/usage/log", key.headers)
      #expect(refused.status == 403)
    }
  }

  /// An only server is asked nothing by itself; for the log it is asked for what it has.
  @Test func theDigestOfAnOnlyServersModelIsThere() async throws {
    let digest = String(repeating: "0123456789abcdef", count: 4)
    let asked = #"{"model":"tinyllama","stream":false,"messages":[{"role":"user","content":"Hi"}]}"#
    try await withGateway({
      $0.store = .sqlite(path: folder.path + "/gateway.db")
      $0.usageLog = true
    }) { (gateway, ollama) async throws in
      let administrator = try await Administrator(gateway)
      let key = TestKey()
      try await gateway.gateway.keeper.add(key.record)
      func log() async throws -> [TestJSON] {
        try await administrator.get("/api/v1/admin/usage/log").json["requests"].array
      }
      for model in ["tinyllama", "unheard-of", "unheard-of", "tinyllama"] {
        let count = try await log().count
        let body = asked.replacing("tinyllama", with: model)
        _ = try await TestClient.post(gateway.port, "/api/chat", json: body, key.headers)
        try await eventually("it is in the log") { try await log().count == count + 1 }
      }
      #expect(try await log().map { $0["digest"].string ?? "" } == [digest, "", "", digest])
      #expect(ollama.snapshot.requests.contains { $0.path == "/api/tags" })
    }
  }

  @Test("Nothing is kept where nobody wants it") func isOff() async throws {
    try await withGateway(
      ollama: .counting(), { $0.store = .sqlite(path: folder.path + "/gateway.db") }
    ) { (gateway, _) async throws in
      let administrator = try await Administrator(gateway)
      let key = TestKey()
      try await gateway.gateway.keeper.add(key.record)
      _ = try await TestClient.post(gateway.port, "/api/chat", json: Self.relayed, key.headers)
      try await eventually("it is counted") {
        try await administrator.get("/api/v1/admin/usage?group_by=key&key=\(key.record.id)").json["usage"]
          .array.count == 1
      }
      #expect(try await administrator.get("/api/v1/admin/usage/log").json["requests"].array.isEmpty)
    }
  }
}
