import Access
import Configuration
import Discovery
import Fleet
import GatewayTesting
import HTTPClient
import System
import Testing

@testable import Gateway
@testable import Handling
@testable import Upstreams

/// The servers of the setting behind a running gateway: their logins, and lists that change.
@Suite struct ServerListTests {
  private static let stream = RelayStream.chat

  /// An Ollama whose streams wait in the middle.
  private static func ollama(_ version: String) throws -> ScriptedOllama {
    let responses = OllamaResponses(version: version)
    return try ScriptedOllama { request in
      guard request.path == stream.path else { return responses.script(for: request) }
      return stream.script(.chunk(stream.event), .gate("end"), .chunk(stream.mark), .endChunks)
    }
  }

  private static func begin(_ port: UInt16) async throws -> TestClient {
    let client = try await TestClient.connect(port)
    try await client.perform { connection in
      try connection.sendPost(stream.path, json: #"{"model":"tinyllama","stream":true}"#)
      _ = (try connection.readHead(), try connection.readChunk())
    }
    return client
  }

  private static func entry(_ text: String, _ change: (inout OllamaServer) -> Void = { _ in }) -> OllamaServer
  {
    guard var entry = OllamaServer(text) else { preconditionFailure(text) }
    change(&entry)
    return entry
  }

  // MARK: Logins

  @Test func everyRequestHasTheServersOwnFields() async throws {
    let folder = TemporaryFolder()
    let key = folder.file("key", "s3cret\n")
    try await withGateway({ configuration in
      configuration.servers = configuration.servers.map { server in
        var server = server
        server.apiKeyFile = key
        server.headers = [ServerHeader(name: "X-Team", value: "chat")!]
        return server
      }
    }) { running, ollama in
      let his: TestHeaders = ["Authorization": "Bearer his", "x-team": "his"]
      #expect(try await TestClient.get(running.port, "/api/version", his).status == 200)
      #expect(try await TestClient.get(running.port, "/health/ready").status == 200)
      let response = try await TestClient.post(
        running.port, "/api/chat", json: #"{"model":"tinyllama","stream":false}"#)
      #expect(response.status == 200)
      #expect(ollama.requests.count >= 3)
      for request in ollama.requests {
        #expect(request.headers["Authorization"] == "Bearer s3cret", "\(request.target)")
        #expect(request.headers["X-Team"] == "chat", "\(request.target)")
      }
      #expect(!running.log.contains("s3cret"))
    }
  }

  @Test("What a server has against the gateway is not told to clients", arguments: [401, 403, 407])
  func aRefusedLogin(_ status: Int) async throws {
    let ollama = try ScriptedOllama { _ in
      [
        .response(
          status, ["Content-Type": "text/plain", "WWW-Authenticate": "Basic"], Array("who are you?".utf8))
      ]
    }
    try await withGateway(
      ollama: ollama,
      { $0.servers[0].headers = [ServerHeader(name: "X-Key", value: "s3cret")!] }
    ) { running, _ in
      for path in ["/api/chat", "/api/show", "/v1/chat/completions"] {
        let response = try await TestClient.post(running.port, path, json: #"{"model":"m"}"#)
        #expect(response.status == 502 && !response.text.contains("who are you"), "\(path)")
        #expect(response.headers["WWW-Authenticate"] == nil)
      }
      try await eventually("it is logged") {
        running.log.contains("it refuses the gateway's credentials, with status \(status)")
      }
      #expect(!running.log.contains("s3cret"))
    }
  }

  @Test func withoutALoginItIsTheClientsAffair() async throws {
    let ollama = try ScriptedOllama { _ in .text("who are you?", status: 401) }
    try await withGateway(ollama: ollama) { running, _ in
      let response = try await TestClient.post(running.port, "/api/show", json: #"{"model":"m"}"#)
      #expect(response.status == 401)
    }
  }

  @Test func aServerThatWantsACertificateOfTheGateways() async throws {
    let ollama = try ScriptedOllama()
    defer { ollama.stop() }
    let front = try TLSFront(to: ollama.port, .mutual)
    defer { front.stop() }
    let knocking = Self.entry("https://127.0.0.1:\(front.port)") { $0.caFile = front.authority }
    let known = Self.entry("https://127.0.0.1:\(front.port)") { entry in
      entry.caFile = front.authority
      entry.clientCert = front.clientCertificate
      entry.clientKey = front.clientKey
    }
    try await withGateway({ $0.servers = [known] }) { running, _ in
      func status() async throws -> Int { try await TestClient.get(running.port, "/api/version").status }
      #expect(try await status() == 200)
      var configuration = Configuration(cores: 2)
      // The connection that is there is the certificate's.
      configuration.servers = [knocking]
      try await running.gateway.reload(configuration)
      let refused = try await status()
      #expect(refused >= 500)
      configuration.servers = [known]
      try await running.gateway.reload(configuration)
      #expect(try await status() == 200)
      // Without its authority it is not believed.
      configuration.servers = [Self.entry("https://127.0.0.1:\(front.port)")]
      try await running.gateway.reload(configuration)
      #expect(try await status() == 503)
    }
  }

  // MARK: Lists that change

  @Test func aListThatIsReloadedCutsNoStream() async throws {
    let (first, second) = (try Self.ollama("0.1.1"), try Self.ollama("0.2.2"))
    defer { second.stop() }
    try await withGateway(ollama: first, { $0.servers = [Self.entry("one=http://127.0.0.1:\(first.port)")] })
    {
      running, first in
      let client = try await Self.begin(running.port)
      let pool = running.gateway.services.upstreams
      let number = pool.servers.ids[0]
      var configuration = Configuration(cores: 2)
      configuration.servers = [
        Self.entry("uno=http://127.0.0.1:\(first.port)") { $0.weight = 3 },
        Self.entry("two=http://127.0.0.1:\(second.port)"),
      ]
      try await running.gateway.reload(configuration)
      #expect(pool.servers.ids.first == number && pool.servers.ids.count == 2)
      #expect(pool.servers.entries[0].server.limits.weight == 3)
      #expect(pool.view().servers.map(\.name).sorted() == ["two", "uno"])
      #expect(pool.view().servers.first { $0.name == "uno" }?.inFlight == 1)

      configuration.servers.removeFirst()
      try await running.gateway.reload(configuration)
      #expect(try await TestClient.get(running.port, "/api/version").text.contains("0.2.2"))
      #expect(pool.callsInFlight == 1, "it finishes what it has")
      first.open("end")
      #expect(try await client.perform { try $0.readBody() } == Array(Self.stream.mark.utf8))
      try await eventually("it is forgotten") { pool.view().servers.map(\.name) == ["two"] }
    }
  }

  @Test func aReloadWithAFileThatCannotBeReadChangesNothing() async throws {
    try await withGateway { running, ollama in
      var configuration = Configuration(cores: 2)
      configuration.basePath = BasePath("/ai")!
      configuration.servers = [
        Self.entry("http://127.0.0.1:\(ollama.port)") { $0.apiKeyFile = "/does/not/exist" }
      ]
      let broken = configuration
      await #expect(throws: ConfigurationError.self) { try await running.gateway.reload(broken) }
      let response = try await TestClient.get(running.port, "/api/version")
      #expect(response.status == 200)
    }
  }

  @Test func aStartWithAFileThatCannotBeReadFailsInOneLine() async throws {
    let failure = await #expect(throws: Gateway.StartFailure.self) {
      _ = try await RunningGateway(ollama: 1) { $0.servers[0].caFile = "/does/not/exist" }
    }
    #expect(
      failure?.description
        == "/does/not/exist: cannot read the file: No such file or directory (ca_file of http://127.0.0.1:1)")
  }

  @Test func serversThatDNSTellsComeAndGo() async throws {
    let (first, second) = (try Self.ollama("0.1.1"), try Self.ollama("0.2.2"))
    defer { for ollama in [first, second] { ollama.stop() } }
    let resolver = ListedServers([first.port])
    let running = try await RunningGateway(ollama: 1, resolver: resolver) {
      $0.servers = [Self.entry("gpu=dns+srv:_ollama._tcp.test")]
    }
    do {
      #expect(try await TestClient.get(running.port, "/api/version").text.contains("0.1.1"))
      let pool = running.gateway.services.upstreams
      #expect(pool.servers.entries.map(\.server.name) == ["gpu-1"])
      let client = try await Self.begin(running.port)
      resolver.ports = [second.port]
      try await eventually("the other is used") {
        try await TestClient.get(running.port, "/api/version").text.contains("0.2.2")
      }
      resolver.ports = nil
      try await eventually("it is logged", state: { running.log }) {
        running.log.contains(
          "servers cannot be looked up, those that are known stay at=dns+srv:_ollama._tcp.test")
      }
      #expect(try await TestClient.get(running.port, "/api/version").text.contains("0.2.2"))
      first.open("end")
      #expect(try await client.perform { try $0.readBody() } == Array(Self.stream.mark.utf8))
      resolver.ports = []
      // The other worker, which this connection may come to, learns it a moment later.
      try await eventually("there is none") {
        try await TestClient.get(running.port, "/api/version").status == 503
      }
      try await eventually("it is not ready") {
        try await TestClient.get(running.port, "/health/ready").status == 503
      }
      resolver.ports = [first.port, second.port]
      try await eventually("both are there") { pool.servers.ids.count == 2 }
      try await eventually("it is ready") {
        try await TestClient.get(running.port, "/health/ready").status == 200
      }
    } catch {
      await running.stop()
      throw error
    }
    await running.stop()
  }
}

/// Ports of 127.0.0.1 in place of DNS.
private final class ListedServers: NameResolver {
  private let listed: Lock<[UInt16]?>

  init(_ ports: [UInt16]?) { listed = Lock(ports) }

  /// Nil: there is no such name.
  var ports: [UInt16]? {
    get { listed.withLock { $0 } }
    set { listed.withLock { $0 = newValue } }
  }

  func servers(_ question: NameQuestion) throws(NameError) -> [FoundServer] {
    guard let ports else { throw NameError(reason: "no such name") }
    return ports.map { FoundServer(.address(.v4(0x7F00_0001)), port: $0) }
  }
}
