import GatewayTesting
import Glibc
import SQLiteStore
import Sessions
import Testing

/// A gateway whose store is spoilt while it runs, and mended: nothing is acknowledged meanwhile, and nothing that was is lost.
@Suite struct SpoiltStoreTests {
  private let folder = TemporaryFolder()
  private var path: String { "\(folder.path)/gateway.db" }

  /// Whether files can be sealed against all writing, by whoever has them open as well: root can, on ext4, btrfs and xfs.
  private static let canSeal: Bool = {
    let folder = TemporaryFolder()
    let file = folder.file("sealed", "")
    defer { chattr("-i", [file]) }
    return chattr("+i", [file])
  }()

  @discardableResult
  private static func chattr(_ mode: String, _ files: [String]) -> Bool {
    guard let pipe = popen("chattr \(mode) \(files.joined(separator: " ")) 2>/dev/null", "r") else {
      return false
    }
    return pclose(pipe) == 0
  }

  private static func ollama() throws -> ScriptedOllama {
    try ScriptedOllama { _ in
      [
        .streamHead(), .chunk(OllamaWire.chatLine(model: "m", "One")),
        .chunk(OllamaWire.chatEnd(model: "m", evalCount: 1) + "\n"), .endChunks,
      ]
    }
  }

  /// Starts the gateway, and returns its port.
  private func start(_ ollama: ScriptedOllama) async throws -> (ProgramRun, UInt16) {
    let gateway = try ProgramRun(
      [
        "serve", "--listen", "127.0.0.1:0", "--ollama", "http://127.0.0.1:\(ollama.port)", "--workers", "1",
        "--default-model", "m", "--allow-cloud-models", "--store-timeout", "1s", "--store", "sqlite:\(path)",
      ], environment: ["PATH": "/usr/bin:/bin"])
    try await gateway.waitForError(" notice gateway: ready ")
    let address = gateway.errors.split(separator: "ready ").last?.split(separator: "127.0.0.1:").dropFirst()
    let port = try #require(UInt16((address?.first ?? "").prefix { $0.isNumber }), "\(gateway.errors)")
    return (gateway, port)
  }

  private static func say(_ port: UInt16, _ text: String) async throws -> Int {
    try await TestClient.post(port, "/api/v1/chat", json: #"{"message":"\#(text)","session_id":"s"}"#).status
  }

  private static func store(_ port: UInt16) async throws -> TestJSON {
    try await TestClient.get(port, "/health/detailed").json["store"]
  }

  /// What the store has after the gateway was killed.
  private func texts() throws -> [String] {
    let store = try SQLiteStore.open(path: path)
    defer { store.close() }
    let reader = try store.makeReader()
    return try reader.sessions(after: nil, limit: 9).flatMap {
      try reader.messages(of: $0.key, from: 0, limit: 99, bytes: .max)
    }.map(\.message.content)
  }

  @Test(
    "A store that may not be written any more is told, and written again once it may", .enabled(if: canSeal))
  func becomesReadOnly() async throws {
    let ollama = try Self.ollama()
    defer { ollama.stop() }
    let (gateway, port) = try await start(ollama)
    #expect(try await Self.say(port, "before") == 200)
    // Not the shared memory: a page of it that may not be written ends any process that does (SIGBUS).
    let files = [path, "\(path)-wal"]
    #expect(Self.chattr("+i", files))
    defer { Self.chattr("-i", files) }
    for _ in 0..<2 { #expect(try await Self.say(port, "meanwhile") == 503) }
    let store = try await Self.store(port)
    // The files were opened before: their write fails, and nothing says that it was for good.
    #expect(store["state"] == "failing", "\(store)")
    #expect(store["error"].string?.contains("disk I/O error") == true, "\(store)")
    // What was said before is read all the same.
    let kept = try await TestClient.get(port, "/api/v1/chat/sessions/s").json["messages"].array
    #expect(kept.map { $0["content"] } == ["before", "One"])
    #expect(Self.chattr("-i", files))
    try await eventually("it works again") { try await Self.say(port, "after") == 200 }
    gateway.signal(SIGKILL)
    _ = gateway.wait()
    #expect(try texts() == ["before", "One", "after", "One"])
  }

  @Test("A database that is emptied under a gateway is told, and nothing is acknowledged into it")
  func isEmptied() async throws {
    let ollama = try Self.ollama()
    defer { ollama.stop() }
    let (gateway, port) = try await start(ollama)
    #expect(try await Self.say(port, "before") == 200)
    let backup = try ProgramRun(
      ["backup", "\(folder.path)/backup.db", "--store", "sqlite:\(path)"],
      environment: ["PATH": "/usr/bin:/bin"])
    #expect(backup.wait() == 0, "\(backup.errors)")
    #expect(truncate(path, 0) == 0)
    for _ in 0..<2 { #expect(try await Self.say(port, "meanwhile") == 503) }
    let store = try await Self.store(port)
    #expect(store["state"] == "failing", "\(store)")
    #expect(store["error"].string?.contains("was emptied by another program") == true, "\(store)")
    gateway.signal(SIGTERM)
    _ = gateway.wait()
    // It is not taken for a new one, and what is put back is what was kept.
    #expect(throws: StoreError.self) { try texts() }
    try SQLiteStore.restore(from: "\(folder.path)/backup.db", to: path)
    #expect(try texts() == ["before", "One"])
  }
}
