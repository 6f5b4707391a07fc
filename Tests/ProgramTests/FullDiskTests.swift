import GatewayTesting
import Glibc
import SQLiteStore
import Sessions
import Testing

/// A gateway whose disk becomes full while it runs, and has room again: a small disk in a mount namespace of its own.
@Suite struct FullDiskTests {
  private static let canMount: Bool = {
    guard let pipe = popen("unshare -m mount -t tmpfs tmpfs /tmp 2>/dev/null", "r") else { return false }
    return pclose(pipe) == 0
  }()

  private let folder = TemporaryFolder()
  private let disk = TemporaryFolder()
  private var store: [String] { ["--store", "sqlite:\(disk.path)/gateway.db"] }

  private static func ollama() throws -> ScriptedOllama {
    try ScriptedOllama { _ in
      [
        .streamHead(), .chunk(OllamaWire.chatLine(model: "m", "One ")), .gate("go"),
        .chunk(OllamaWire.chatLine(model: "m", "two")),
        .chunk(OllamaWire.chatEnd(model: "m", evalCount: 2) + "\n"),
        .endChunks,
      ]
    }
  }

  /// Starts the gateway, and returns its port.
  private func start(_ ollama: ScriptedOllama) async throws -> (ProgramRun, UInt16) {
    let script = "mount -t tmpfs -o size=2m tmpfs \(disk.path) && exec \"$0\" \"$@\""
    let gateway = try ProgramRun(
      [
        "serve", "--listen", "127.0.0.1:0", "--ollama", "http://127.0.0.1:\(ollama.port)", "--workers", "1",
        "--default-model", "m", "--allow-cloud-models", "--store-timeout", "1s",
      ] + store, environment: ["PATH": "/usr/bin:/bin"], under: ["unshare", "-m", "sh", "-c", script])
    try await gateway.waitForError(" notice gateway: ready ")
    let address = gateway.errors.split(separator: "ready ").last?.split(separator: "127.0.0.1:").dropFirst()
    let port = try #require(UInt16((address?.first ?? "").prefix { $0.isNumber }), "\(gateway.errors)")
    return (gateway, port)
  }

  private static func messages(_ port: UInt16, _ session: String) async throws -> [TestJSON] {
    try await TestClient.get(port, "/api/v1/chat/sessions/\(session)").json["messages"].array
  }

  private static func say(_ port: UInt16, _ session: String) async throws -> TestClient.Response {
    try await TestClient.post(
      port, "/api/v1/chat", json: #"{"message":"Hello","session_id":"\#(session)"}"#)
  }

  private func fill(_ path: String) throws {
    let filler = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    try #require(filler >= 0)
    defer { close(filler) }
    let page = [UInt8](repeating: 1, count: 4096)
    while write(filler, page, page.count) > 0 {}
  }

  @Test(
    "A store does not seem to work again while its disk is full: what tries it out is smaller than a message",
    .enabled(if: canMount))
  func staysFull() async throws {
    let ollama = try Self.ollama()
    defer { ollama.stop() }
    let (gateway, port) = try await start(ollama)
    try fill("/proc/\(gateway.id)/root\(disk.path)/filler")
    func store() async throws -> (state: String?, failures: Int) {
      let health = try await TestClient.get(port, "/health/detailed").json
      let metrics = try await TestClient.get(port, "/metrics").text
      let line = metrics.split(separator: "\n").first { $0.hasPrefix("ollama_gateway_store_failures_total{") }
      return (health["store"]["state"].string, Int(line?.split(separator: " ").last ?? "0") ?? 0)
    }
    for session in ["a", "b"] {
      #expect(try await Self.say(port, session).status == 503)
      let before = try await store()
      #expect(before.state == "full")
      try await eventually("it is tried twice more") { try await store().failures >= before.failures + 2 }
      #expect(try await store().state == "full")
    }
    gateway.signal(SIGKILL)
    _ = gateway.wait()
  }

  @Test(
    "Answers end as not stored, and are stored once there is room; nothing new is taken meanwhile",
    .enabled(if: canMount))
  func becomesFull() async throws {
    let ollama = try Self.ollama()
    defer { ollama.stop() }
    let (gateway, port) = try await start(ollama)
    let stream = try await TestClient.connect(port)
    try await stream.perform {
      try $0.sendPost("/api/v1/chat", json: #"{"message":"Count","session_id":"s","stream":true}"#)
      _ = try $0.readHead()
    }
    try await ollama.wait("it is asked") { $0.exchanges(for: "/api/chat").count == 1 }
    // As the gateway sees it.
    let filler = "/proc/\(gateway.id)/root\(disk.path)/filler"
    try fill(filler)
    ollama.open("go")
    let rest = try await stream.perform { String(decoding: try $0.readBody(), as: UTF8.self) }
    #expect(rest.contains("not_stored") && !rest.contains("stream_end"), "\(rest)")
    #expect(try await Self.messages(port, "s").map { $0["pending"] == true } == [false, true])
    let health = try await TestClient.get(port, "/health/detailed").json
    #expect(health["store"]["state"] == "full" && health["status"] == "degraded", "\(health)")
    #expect(health["store"]["error"].string?.contains("there is no room") == true, "\(health)")
    for session in ["s", "new"] {
      let refused = try await Self.say(port, session)
      #expect(refused.status == 503 && refused.headers["Retry-After"] != nil, "\(refused)")
    }
    let deletion = try await TestClient.request(port, "DELETE", "/api/v1/chat/sessions/s")
    #expect(deletion.status == 503, "\(deletion)")

    #expect(unlink(filler) == 0)
    try await eventually("what waited is stored") {
      try await Self.messages(port, "s").map { $0["pending"] == true } == [false, false]
    }
    #expect(try await Self.say(port, "s").status == 200)
    // What the disk has: it goes with the gateway.
    let backup = folder.path + "/backup.db"
    let saving = try ProgramRun(
      ["backup", backup] + store, environment: ["PATH": "/usr/bin:/bin"],
      under: ["nsenter", "-t", "\(gateway.id)", "-m"])
    #expect(saving.wait() == 0, "\(saving.errors)")
    gateway.signal(SIGKILL)
    _ = gateway.wait()
    try SQLiteStore.restore(from: backup, to: folder.path + "/gateway.db")
    let saved = try SQLiteStore.open(path: folder.path + "/gateway.db")
    defer { saved.close() }
    let reader = try saved.makeReader()
    let sessions = try reader.sessions(after: nil, limit: 9).map(\.key)
    #expect(sessions.map(\.description) == ["s@loopback"])
    let texts = try sessions.flatMap { try reader.messages(of: $0, from: 0, limit: 9, bytes: .max) }
      .map(\.message.content)
    #expect(texts == ["Count", "One two", "Hello", "One two"])
  }
}
