import Access
import AccessStorage
import Configuration
import GatewayTesting
import SQLiteStore
import Testing

@testable import Gateway

/// Keys that another process has made or changed a moment ago: they are good at once.
@Suite(.serialized) struct NewKeyTests {
  private let folder = TemporaryFolder()
  private var path: String { folder.path + "/gateway.db" }

  private func withStored(
    _ configure: (inout Configuration) -> Void = { _ in },
    _ body: (RunningGateway, ScriptedOllama) async throws -> Void
  ) async throws {
    try await withGateway(
      {
        $0.store = .sqlite(path: path)
        configure(&$0)
      }, body)
  }

  /// As `keys add` does.
  private func beside<Result>(_ edit: (inout AccessBook) throws(AccessError) -> Result) throws -> Result {
    let store = try SQLiteStore.open(path: path, mode: .beside)
    defer { store.close() }
    return try AccessEditor(store).perform(edit)
  }

  @discardableResult
  private func add(_ key: TestKey) throws -> TestKey {
    try beside { (book) throws(AccessError) in try book.add(key.record) }
    return key
  }

  @Test func aNewKeyIsGoodAtOnce() async throws {
    try await withStored { (gateway, _) async throws in
      try await gateway.gateway.keeper.add(TestKey().record)
      // More than an address may guess.
      for _ in 0..<25 {
        let key = try add(TestKey())
        #expect(try await TestClient.get(gateway.port, "/api/tags", key.headers).status == 200)
      }
      // None of them has counted: there are twenty guesses left, and one more each three seconds.
      for _ in 0..<20 {
        #expect(try await TestClient.get(gateway.port, "/api/tags", TestKey.wrong).status == 401)
      }
      while try await TestClient.get(gateway.port, "/api/tags", TestKey.wrong).status == 401 {}
      // Nor is one refused from where somebody guesses.
      let key = try add(TestKey())
      #expect(try await TestClient.get(gateway.port, "/api/tags", key.headers).status == 200)
    }
  }

  /// A new secret, and a key that is valid again.
  @Test func aChangedKeyIsGoodAtOnce() async throws {
    try await withStored { (gateway, _) async throws in
      try await gateway.gateway.keeper.add(TestKey().record)
      let key = try add(TestKey { $0.isDisabled = true })
      #expect(try await TestClient.get(gateway.port, "/api/tags", key.headers).status == 401)
      try beside { (book) throws(AccessError) in
        _ = try book.change(key.record.id) { $0.isDisabled = false }
      }
      #expect(try await TestClient.get(gateway.port, "/api/tags", key.headers).status == 200)
      let next = KeyText(id: key.record.id)
      try beside { (book) throws(AccessError) in
        _ = try book.change(key.record.id) { $0.secret = next.secret }
      }
      let headers: TestHeaders = ["Authorization": "Bearer \(next.text)"]
      #expect(try await TestClient.get(gateway.port, "/api/tags", headers).status == 200)
    }
  }

  /// What comes with a request meanwhile waits, however it is read.
  @Test func bodiesWait() async throws {
    try await withStored { gateway, ollama in
      try await gateway.gateway.keeper.add(TestKey().record)
      func post(_ path: String, _ body: [UInt8]) async throws -> Int {
        let key = try add(TestKey([.inference, .chat, .modelsRead, .modelsManage]))
        var headers = key.headers
        headers.add("Content-Type", "application/json")
        return try await TestClient.request(gateway.port, "POST", path, headers, body: body).status
      }
      let long = String(repeating: "word ", count: 100_000)
      for text in ["Hi", long] {
        let chat = #"{"model":"tinyllama","messages":[{"role":"user","content":"\#(text)"}],"stream":false}"#
        #expect(try await post("/api/chat", Array(chat.utf8)) == 200)
        #expect(ollama.requests.last?.text.utf8.count == chat.utf8.count)
        #expect(
          try await post(ChatClient.path, Array(ChatClient.body(String(text.prefix(9000))).utf8)) == 200)
      }
      // One that is passed on as it comes.
      let blob = [UInt8](repeating: 0x61, count: 3 << 20)
      _ = try await post("/api/blobs/sha256:00", blob)
      #expect(ollama.requests.last?.body.count == blob.count)
      // What takes no body.
      #expect(try await post("/api/v1/chat/token", Array("{}".utf8)) == 200)
      // Too much of it, and a key that stays wrong.
      var wrong = TestKey.wrong
      wrong.add("Content-Type", "application/json")
      #expect(
        try await TestClient.request(gateway.port, "POST", "/api/chat", wrong, body: blob).status == 401)
    }
  }

  @Test func aSocketOpensByANewKey() async throws {
    try await withStored { (gateway, _) async throws in
      try await gateway.gateway.keeper.add(TestKey().record)
      let key = try add(TestKey())
      let socket = try await ChatWebSocket(gateway, headers: key.headers)
      await socket.say("ping")
      _ = try await socket.take("pong")
    }
  }
}
