import Access
import Configuration
import GatewayTesting
import Glibc
import Testing

@testable import APIReference
@testable import Chat
@testable import Gateway
@testable import Handling
@testable import Operations
@testable import Pages
@testable import Relay
@testable import Upstreams

/// A configuration that changes while the gateway runs.
@Suite struct ReloadTests {
  private static let stream = RelayStream.chat

  /// An Ollama whose streams wait in the middle.
  private func ollama(_ version: String) throws -> ScriptedOllama {
    let responses = OllamaResponses(version: version)
    return try ScriptedOllama { request in
      guard request.path == Self.stream.path else { return responses.script(for: request) }
      return Self.stream.script(
        .chunk(Self.stream.event), .gate("end"), .chunk(Self.stream.mark), .endChunks)
    }
  }

  private func begin(_ port: UInt16) async throws -> TestClient {
    let client = try await TestClient.connect(port)
    try await client.perform { connection in
      try connection.sendPost(Self.stream.path, json: #"{"model":"m","stream":true}"#)
      _ = (try connection.readHead(), try connection.readChunk())
    }
    return client
  }

  @Test func whatIsUnderWayGoesOnAndWhatIsNewGoesByTheNewSettings() async throws {
    let (first, second) = (try ollama("0.1.1"), try ollama("0.2.2"))
    defer { second.stop() }
    try await withGateway(ollama: first, { $0.allowedHosts = [HostPattern("old.example")!] }) {
      running, first in
      let (port, gateway) = (running.port, running.gateway)
      let client = try await begin(port)
      var configuration = Configuration(cores: 2)
      configuration.ollama = try #require(OllamaURL("http://127.0.0.1:\(second.port)"))
      configuration.allowedHosts = [HostPattern("new.example")!]
      configuration.allowedOrigins = [OriginPattern("https://page.example")!]
      try await gateway.reload(configuration)
      #expect(try await TestClient.get(port, "/api/version").text.contains("0.2.2"))
      #expect(try await TestClient.get(port, "/health", ["Host": "old.example"]).status == 403)
      #expect(try await TestClient.get(port, "/health", ["Host": "new.example"]).status == 200)
      #expect(try await TestClient.get(port, "/health", ["Origin": "https://page.example"]).status == 200)
      first.open("end")
      #expect(try await client.perform { try $0.readBody() } == Array(Self.stream.mark.utf8))
    }
  }

  @Test("What is known of an Ollama is not believed of the next") func healthBeginsAnew() async throws {
    try await withGateway { running, _ in
      #expect(try await TestClient.get(running.port, "/health/ready").status == 200)
      var configuration = Configuration(cores: 2)
      configuration.ollama = try #require(OllamaURL("http://127.0.0.1:1"))
      try await running.gateway.reload(configuration)
      #expect(try await TestClient.get(running.port, "/health/ready").status == 503)
    }
  }

  @Test func aConnectionThatIsOpenHasANewBasePathAndNewProxies() async throws {
    try await withGateway { running, _ in
      let client = try await TestClient.connect(running.port)
      let named: TestHeaders = ["X-Request-Id": "mine"]
      let before = try await client.perform { try $0.get("/api/version", named) }
      #expect(before.status == 200 && before.headers["X-Request-Id"] != "mine")
      var configuration = Configuration(cores: 2)
      configuration.ollama = try #require(OllamaURL("http://127.0.0.1:1"))
      configuration.basePath = try #require(BasePath("/ai"))
      configuration.trustTheTest()
      try await running.gateway.reload(configuration)
      let after = try await client.perform { connection in
        (try connection.get("/ai", named), try connection.get("/api/version"))
      }
      #expect(after.0.status == 200 && after.0.headers["X-Request-Id"] == "mine")
      #expect(after.1.status == 404)
    }
  }

  @Test func newTimeLimitsHoldForTheNextRequest() async throws {
    try await withGateway { running, _ in
      var configuration = Configuration(cores: 2)
      configuration.headerTimeout = .milliseconds(50)
      try await running.gateway.reload(configuration)
      let client = try await TestClient.connect(running.port)
      // Half a head, and nothing more: the old limit is two minutes.
      let response = try await client.perform { connection in
        try connection.send("GET /health HTTP/1.1\r\nHost: local")
        return try connection.readResponse()
      }
      #expect(response.status == 408)
    }
  }

  @Test func theProgramReadsItsFileAgainAtSIGHUP() async throws {
    let (first, second) = (try ollama("0.1.1"), try ollama("0.2.2"))
    defer { for ollama in [first, second] { ollama.stop() } }
    let file = try ConfigurationFixture()
    try file.write("ollama: http://127.0.0.1:\(first.port)\nlog_level: notice\n")
    let manager = try ServiceManagerStub()
    let process = try await GatewayProcess.start(
      ollama: nil, ["--config", file.path], notify: manager.path)
    let client = try await begin(process.port)

    try file.write("ollama: http://127.0.0.1:\(second.port)\nlog_level: info\nmax_sessions: 5\n")
    process.signal(SIGHUP)
    try await eventually("it has reloaded", state: { process.errors }) {
      process.errors.contains("notice gateway: reloaded changed=ollama,log_level\n")
    }
    #expect(process.errors.contains("settings that take effect at the next start settings=max_sessions\n"))
    #expect(try await TestClient.get(process.port, "/api/version").text.contains("0.2.2"))
    try await eventually("requests are logged now") { process.errors.contains("route=/api/version") }

    try file.write("ollama: http://127.0.0.1:1\nlog_level: loud\n")
    process.signal(SIGHUP)
    try await eventually("it has refused the file", state: { process.errors }) {
      process.errors.contains("error gateway: not reloaded, all settings stay as they were reason=")
    }
    #expect(process.errors.contains("log_level"))
    #expect(manager.heard.contains("RELOADING=1"))
    #expect(try await TestClient.get(process.port, "/api/version").text.contains("0.2.2"))

    first.open("end")
    #expect(try await client.perform { try $0.readBody() } == Array(Self.stream.mark.utf8))
    #expect(try await process.stop() == 0)
    try await eventually("the manager hears the end") { manager.heard.contains("STOPPING=1") }
    let heard = manager.heard.filter { $0.hasSuffix("=1") && $0 != "WATCHDOG=1" }
    #expect(heard == ["READY=1", "RELOADING=1", "READY=1", "RELOADING=1", "READY=1", "STOPPING=1"])
  }
}

/// A configuration file that a test changes.
private final class ConfigurationFixture {
  let path: String

  init() throws {
    var template = Array("/tmp/ollama-gateway-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    try #require(descriptor >= 0)
    close(descriptor)
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { unlink(path) }

  func write(_ text: String) throws {
    let file = try #require(fopen(path, "w"))
    fputs(text, file)
    fclose(file)
  }
}
