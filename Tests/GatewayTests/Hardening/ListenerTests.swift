import Configuration
import GatewayTesting
import Glibc
import Testing

/// Where the gateway can be reached.
@Suite struct ListenerTests {
  private func temporaryFolder() throws -> String {
    var template = Array("/tmp/ollama-gateway-XXXXXX".utf8CString)
    _ = try #require(mkdtemp(&template))
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private func health(_ target: TestClient.Target) async throws -> Int {
    try await TestClient.run(target) { try $0.get("/health").status }
  }

  /// What keeps a second gateway from starting at these addresses; nil if nothing does.
  private func startFailure(_ listen: [ListenAddress], _ ollama: ScriptedOllama) async throws -> String? {
    do {
      let second = try await RunningGateway(ollama: ollama.port) { $0.listen = listen }
      await second.stop()
      return nil
    } catch {
      return "\(error)"
    }
  }

  private func address(_ text: String) throws -> ListenAddress { try #require(ListenAddress(text)) }

  @Test func aUnixSocket() async throws {
    let folder = try temporaryFolder()
    defer { rmdir(folder) }
    let path = folder + "/gateway.socket"
    let address = try address("unix:\(path)")
    try await withGateway {
      $0.listen = [address]
    } _: { gateway, ollama in
      #expect(gateway.addresses == ["unix:\(path)"])
      let statuses = try await TestClient.run(.unix(path)) { connection in
        (try connection.get("/api/tags").status, try connection.get("/health").status)
      }
      #expect(statuses == (200, 200))
      #expect(ollama.requests.count == 1)
      try await eventually("the request is logged") { gateway.log.contains("client=unix") }
    }
    #expect(access(path, F_OK) != 0, "the file goes with the gateway")
  }

  /// A crash leaves the file behind.
  @Test func anAbandonedUnixSocketIsReplaced() async throws {
    let folder = try temporaryFolder()
    defer { rmdir(folder) }
    let path = folder + "/gateway.socket"
    let address = try address("unix:\(path)")
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8) }
    let status = withUnsafeBytes(of: &name) {
      bind(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
    }
    #expect(status == 0)
    close(descriptor)
    #expect(access(path, F_OK) == 0)
    try await withGateway {
      $0.listen = [address]
    } _: { gateway, ollama in
      #expect(try await health(.unix(path)) == 200)
      // One that somebody listens at is not.
      let failure = try await startFailure([address], ollama)
      #expect(failure?.contains(path) == true)
      #expect(try await health(.unix(path)) == 200)
    }
  }

  @Test func severalAtOnce() async throws {
    let folder = try temporaryFolder()
    defer { rmdir(folder) }
    let path = folder + "/gateway.socket"
    let listen = try ["127.0.0.1:0", "127.0.0.1:0", "unix:\(path)"].map(address)
    try await withGateway {
      $0.listen = listen
    } _: { gateway, _ in
      let ports = gateway.addresses.prefix(2).map { UInt16($0.dropFirst("127.0.0.1:".count)) }
      #expect(Set(ports).count == 2)
      for target in [
        TestClient.Target.port(try #require(ports[0])), .port(try #require(ports[1])), .unix(path),
      ] {
        #expect(try await TestClient.run(target) { try $0.get("/api/tags").status } == 200)
      }
    }
  }

  @Test("Every address of the machine is served") func everyAddress() async throws {
    let listen = try address(":0")
    try await withGateway {
      $0.listen = [listen]
    } _: { gateway, _ in
      #expect(gateway.addresses.count == 1)
      #expect(try await TestClient.get(gateway.port, "/health").status == 200)
      // Where every address is listened at, each is a host that the gateway may be called.
      let other = try await TestClient.get(gateway.port, "/health", ["Host": "192.0.2.7:10200"])
      #expect(other.status == 200)
      #expect(try await TestClient.get(gateway.port, "/health", ["Host": "evil.example"]).status == 403)
    }
  }

  @Test func aPortInUseStopsTheStart() async throws {
    try await withGateway { gateway, ollama in
      let taken = try address("127.0.0.1:\(gateway.port)")
      let free = try address("127.0.0.1:0")
      let failure = try await startFailure([free, taken], ollama)
      #expect(failure?.contains("127.0.0.1:\(gateway.port)") == true)
      #expect(try await TestClient.get(gateway.port, "/health").status == 200)
    }
  }
}
