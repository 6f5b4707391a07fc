import Configuration
import GatewayTesting
import Glibc
import Testing

/// Sockets that a service manager has opened and keeps.
@Suite struct PassedSocketsTests {
  /// A listening socket of the manager's: of TCP at a free port, or a UNIX one.
  private final class Listener {
    let descriptor: Int32

    init(path: String?) throws {
      // Programs that other tests start must not get it.
      let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
      descriptor = socket(path == nil ? AF_INET : AF_UNIX, type, 0)
      let status: Int32
      if let path {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        status = bindAndListen(&address)
      } else {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        status = bindAndListen(&address)
      }
      try #require(status == 0)
    }

    deinit { close(descriptor) }

    var port: UInt16 {
      var address = sockaddr_in()
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      _ = withUnsafeMutableBytes(of: &address) {
        getsockname(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), &length)
      }
      return UInt16(bigEndian: address.sin_port)
    }

    private func bindAndListen<Address>(_ address: inout Address) -> Int32 {
      withUnsafeBytes(of: &address) {
        bind(
          descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self),
          socklen_t(MemoryLayout<Address>.size))
      } == 0 ? listen(descriptor, 16) : -1
    }
  }

  private func health(_ target: TestClient.Target) async throws -> Int {
    try await TestClient.run(target) { try $0.get("/health").status }
  }

  @Test func theyOutliveTheProgramAndLoseNoConnection() async throws {
    var template = Array("/tmp/ollama-gateway-XXXXXX".utf8CString)
    _ = try #require(mkdtemp(&template))
    let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let path = folder + "/gateway.socket"
    defer {
      unlink(path)
      rmdir(folder)
    }
    let ollama = try ScriptedOllama()
    defer { ollama.stop() }
    let (tcp, unix) = (try Listener(path: nil), try Listener(path: path))
    let sockets = [tcp.descriptor, unix.descriptor]
    // The default of --listen does not hold: 127.0.0.1:10200 may well be taken on this machine.
    let first = try await GatewayProcess.start(ollama: ollama.port, [], listen: nil, sockets: sockets)
    try await eventually("it is ready") { first.errors.contains("notice gateway: ready") }
    #expect(first.errors.contains("listen=127.0.0.1:\(tcp.port),unix:\(path) "))
    #expect(try await health(.port(tcp.port)) == 200)
    #expect(try await health(.unix(path)) == 200)
    #expect(try await first.stop() == 0)
    #expect(access(path, F_OK) == 0, "the file is the manager's")

    // These wait for the next one.
    let clients = [try await TestClient.connect(tcp.port), try await TestClient.connect(.unix(path))]
    for client in clients {
      try await client.perform { try $0.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n") }
    }
    let second = try await GatewayProcess.start(ollama: ollama.port, listen: nil, sockets: sockets)
    for client in clients { #expect(try await client.perform { try $0.readResponse().status } == 200) }
    #expect(try await second.stop() == 0)
  }

  @Test func anAddressThatIsAskedForIsListenedAtAsWellAndNotTwice() async throws {
    let ollama = try ScriptedOllama()
    defer { ollama.stop() }
    let tcp = try Listener(path: nil)
    let same = try #require(ListenAddress("127.0.0.1:\(tcp.port)"))
    let other = try #require(ListenAddress("127.0.0.1:0"))
    let copy = fcntl(tcp.descriptor, F_DUPFD_CLOEXEC, 0)
    let running = try await RunningGateway(ollama: ollama.port, passed: [copy]) { $0.listen = [same, other] }
    #expect(running.addresses.count == 2)
    #expect(running.addresses.first == "127.0.0.1:\(tcp.port)")
    for address in running.addresses {
      let port = try #require(UInt16(address.dropFirst("127.0.0.1:".count)))
      #expect(try await health(.port(port)) == 200)
    }
    await running.stop()
  }

  @Test func whatIsNoListeningSocketStopsTheStart() async throws {
    let ollama = try ScriptedOllama()
    defer { ollama.stop() }
    let unbound = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    let datagrams = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    let file = open("/dev/null", O_RDONLY)
    defer { for descriptor in [unbound, datagrams, file] { close(descriptor) } }
    for descriptor in [unbound, datagrams, file, -1] {
      let failure = await #expect(throws: (any Error).self) {
        try await RunningGateway(ollama: ollama.port, passed: [descriptor])
      }
      #expect("\(failure!)".hasPrefix("cannot take over descriptor \(descriptor) to listen on: "))
    }
  }
}
