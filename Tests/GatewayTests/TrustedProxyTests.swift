import Access
import Configuration
import GatewayTesting
import Glibc
import Testing

/// What is believed of where a request comes from, and of whom.
@Suite(.serialized) struct TrustedProxyTests {
  private static let forwarded: TestHeaders = [
    "Host": "localhost", "X-Forwarded-For": "198.51.100.1, 203.0.113.9, 10.0.0.2",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "chat.example.com", "X-Request-Id": "proxys-own", "X-Real-IP": "198.51.100.2",
    "Forwarded": "for=198.51.100.3",
  ]

  private static func trust(_ networks: String..., in configuration: inout Configuration) {
    configuration.trustedProxies = networks.map { IPNetwork($0)! }
    configuration.allowedHosts = [HostPattern("chat.example.com")!]
  }

  @Test func aTrustedProxyIsBelieved() async throws {
    try await withGateway({ Self.trust("127.0.0.0/8", "10.0.0.0/8", in: &$0) }) { gateway, ollama in
      let response = try await TestClient.get(gateway.port, "/api/tags", Self.forwarded)
      #expect(response.status == 200)
      #expect(response.headers["X-Request-Id"] == "proxys-own")
      let seen = try #require(ollama.requests.last).headers
      // The client's own word, to the left of it, stops here.
      #expect(seen.values(of: "X-Forwarded-For") == ["203.0.113.9, 10.0.0.2, 127.0.0.1"])
      #expect(seen.values(of: "X-Forwarded-Proto") == ["https"])
      #expect(seen.values(of: "X-Forwarded-Host") == ["chat.example.com"])
      #expect(seen.values(of: "X-Request-Id") == ["proxys-own"])
      #expect(seen["X-Real-IP"] == nil && seen["Forwarded"] == nil)
      try await eventually("the client is logged", state: { gateway.log }) {
        gateway.log.contains("request_id=proxys-own ") && gateway.log.contains(" client=203.0.113.9\n")
      }
    }
  }

  /// Nobody by default, and nobody but the ones named.
  @Test(arguments: [[], ["10.0.0.0/8", "::1"]])
  func othersAreNot(networks: [String]) async throws {
    try await withGateway({
      $0.trustedProxies = networks.map { IPNetwork($0)! }
      $0.allowedHosts = [HostPattern("chat.example.com")!]
    }) { gateway, ollama in
      let response = try await TestClient.get(gateway.port, "/api/tags", Self.forwarded)
      #expect(response.status == 200)
      let id = try #require(response.headers["X-Request-Id"])
      #expect(id != "proxys-own" && id.utf8.count == 32)
      let seen = try #require(ollama.requests.last).headers
      #expect(seen.values(of: "X-Forwarded-For") == ["127.0.0.1"])
      #expect(seen.values(of: "X-Forwarded-Proto") == ["http"])
      #expect(seen.values(of: "X-Forwarded-Host") == ["localhost"])
      #expect(seen.values(of: "X-Request-Id") == [id])
      try await eventually("the peer is logged", state: { gateway.log }) {
        gateway.log.contains("request_id=\(id) ") && gateway.log.contains(" client=127.0.0.1:")
      }
      #expect(!gateway.log.contains("203.0.113.9"))
    }
  }

  /// One that runs as the gateway's own user; others: ``UnixPeerTests``.
  @Test func aPeerOnAUnixSocketIsBelieved() async throws {
    let path = "/tmp/proxy-\(getpid()).sock"
    defer { unlink(path) }
    try await withGateway({
      $0.listen = [ListenAddress("unix:\(path)")!]
      $0.allowedHosts = [HostPattern("chat.example.com")!]
    }) { gateway, ollama in
      let id = try await TestClient.run(.unix(path)) { connection in
        #expect(try connection.get("/api/v1/chat/connections").status == 200)
        #expect(
          try connection.get("/api/v1/chat/connections", ["X-Forwarded-For": "127.0.0.1"]).status == 200)
        #expect(
          try connection.get("/api/v1/chat/connections", ["X-Forwarded-For": "203.0.113.9"]).status == 403)
        #expect(try connection.get("/api/v1/chat/connections", ["X-Forwarded-For": "unix:"]).status == 403)
        // A tunnel to this machine, before the proxy.
        for list in ["203.0.113.9, 127.0.0.1", "127.0.0.1, 127.0.0.1"] {
          #expect(try connection.get("/api/v1/chat/connections", ["X-Forwarded-For": list]).status == 403)
        }
        _ = try connection.get("/api/tags")
        return try connection.get("/api/tags", Self.forwarded).headers["X-Request-Id"]
      }
      #expect(id == "proxys-own")
      let addresses = ollama.requests.map { $0.headers["X-Forwarded-For"] }
      // 10.0.0.2 is no trusted proxy here: it is the client.
      #expect(addresses == ["unknown", "10.0.0.2"])
      try await eventually("the client is logged") { gateway.log.contains(" client=10.0.0.2\n") }
    }
  }

  @Test func severalFieldsAreOneList() async throws {
    try await withGateway({ Self.trust("127.0.0.1", "10.0.0.0/8", in: &$0) }) { gateway, ollama in
      _ = try await TestClient.get(
        gateway.port, "/api/tags",
        [
          "X-Forwarded-For": "192.0.2.1", "X-Forwarded-For": "203.0.113.9, 10.0.0.1",
          "X-Forwarded-For": "10.0.0.2",
        ])
      #expect(
        ollama.requests.last?.headers["X-Forwarded-For"] == "203.0.113.9, 10.0.0.1, 10.0.0.2, 127.0.0.1")
    }
  }

  /// Paths for this machine's own callers: the client counts, not the proxy.
  @Test(
    arguments: [
      (nil, 200), ("127.0.0.1", 200), ("::1", 200), ("203.0.113.9", 403), ("127.0.0.1, 203.0.113.9", 403),
      // The loopback address of another machine, the proxy's.
      ("127.0.0.1, 10.0.0.2", 403), ("unknown", 403), ("", 403), ("127.0.0.1, unknown", 403),
      ("203.0.113.9, unknown, 127.0.0.1", 403),
    ] as [(String?, Int)])
  func whoIsOnThisMachine(list: String?, status: Int) async throws {
    try await withGateway({ Self.trust("127.0.0.1", "10.0.0.0/8", in: &$0) }) { gateway, _ in
      let headers: TestHeaders = list.map { ["X-Forwarded-For": $0] } ?? [:]
      let response = try await TestClient.get(gateway.port, "/api/v1/chat/connections", headers)
      #expect(response.status == status)
      let broadcast = try await TestClient.post(
        gateway.port, "/api/v1/chat/broadcast", json: #"{"message":"x"}"#, headers)
      #expect(broadcast.status == status)
    }
  }

  /// Any sign of a proxy: that it is there is enough, whatever it says.
  private static let signs = [
    "Via", "Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port",
    "X-Forwarded-Anything", "X-Forwarded", "x-forwarded-by", "X-Real-IP", "CF-Connecting-IP", "X-Client-IP",
    "True-Client-IP", "TRUE-CLIENT-IP", "CF-Connecting-IPv6", "X-Cluster-Client-IP", "Fly-Client-IP",
    "CDN-Loop",
  ]

  /// A proxy that is not trusted, and one that is and does not say for whom it asks: its fields may be anybody's.
  @Test func aSignOfAProxyClosesThem() async throws {
    for networks in [[], ["127.0.0.1"]] {
      try await withGateway({
        $0.trustedProxies = networks.map { IPNetwork($0)! }
        $0.allowedHosts = [HostPattern("127.0.0.1")!]
      }) { gateway, _ in
        for name in Self.signs {
          let isWay = name == "X-Forwarded-For"
          for value in ["127.0.0.1", "for=127.0.0.1", "1.1 proxy", ""] where !(isWay && value == "127.0.0.1")
          {
            // As a host, the others are refused before.
            if name == "X-Forwarded-Host" && value != "127.0.0.1" { continue }
            let response = try await TestClient.get(
              gateway.port, "/api/v1/chat/connections", [name: value])
            #expect(response.status == 403, "\(name): \(value), trusting \(networks)")
          }
        }
        #expect(try await TestClient.get(gateway.port, "/api/v1/chat/connections").status == 200)
      }
    }
  }

  /// A trusted proxy names a loopback client: that it is a proxy is known. What the client's own proxy says counts as well.
  @Test(
    arguments: [
      (["X-Forwarded-For": "127.0.0.1", "Via": "1.1 nginx", "X-Forwarded-Proto": "http"], 200),
      (["X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1"], 200),
      (
        ["X-Forwarded-For": "127.0.0.1", "X-Real-IP": "::1", "Forwarded": "for=\"[::1]:80\";proto=http"], 200
      ),
      (["X-Forwarded-For": "127.0.0.1", "X-Real-IP": "203.0.113.9"], 403),
      (["X-Forwarded-For": "127.0.0.1", "CF-Connecting-IP": "203.0.113.9"], 403),
      (["X-Forwarded-For": "127.0.0.1", "True-Client-IP": "nobody"], 403),
      (["X-Forwarded-For": "127.0.0.1", "Forwarded": "for=203.0.113.9"], 403),
      (["X-Forwarded-For": "203.0.113.9", "X-Real-IP": "127.0.0.1"], 403),
    ] as [(TestHeaders, Int)])
  func aTrustedProxyNamesAClientHere(headers: TestHeaders, status: Int) async throws {
    try await withGateway({ Self.trust("127.0.0.1", in: &$0) }) { gateway, _ in
      let response = try await TestClient.get(gateway.port, "/api/v1/chat/connections", headers)
      #expect(response.status == status)
    }
  }

  // MARK: Host and Origin

  /// A page of the host that the proxy was asked for is the gateway's own.
  @Test func theProxysHostIsThePagesOwn() async throws {
    try await withGateway({ Self.trust("127.0.0.1", in: &$0) }) { gateway, _ in
      let page = "https://chat.example.com"
      let own = try await TestClient.get(
        gateway.port, "/api/tags",
        ["Host": "127.0.0.1", "X-Forwarded-Host": "chat.example.com", "Origin": page])
      #expect(own.status == 200)
      #expect(own.headers["Access-Control-Allow-Origin"] == page)
      let last = try await TestClient.get(
        gateway.port, "/api/tags",
        ["Host": "127.0.0.1", "X-Forwarded-Host": "evil.example, chat.example.com", "Origin": page])
      #expect(last.status == 200)
      let foreign = try await TestClient.get(
        gateway.port, "/api/tags",
        ["Host": "127.0.0.1", "X-Forwarded-Host": "chat.example.com", "Origin": "https://other.example"])
      #expect(foreign.status == 403)
      let without = try await TestClient.get(
        gateway.port, "/api/tags", ["Host": "127.0.0.1", "Origin": page])
      #expect(without.status == 403)
    }
  }

  @Test func anUntrustedHostIsNobodys() async throws {
    try await withGateway({ $0.allowedHosts = [HostPattern("chat.example.com")!] }) { gateway, _ in
      let response = try await TestClient.get(
        gateway.port, "/api/tags",
        ["Host": "127.0.0.1", "X-Forwarded-Host": "chat.example.com", "Origin": "https://chat.example.com"])
      #expect(response.status == 403)
      let odd = try await TestClient.get(gateway.port, "/api/tags", ["X-Forwarded-Host": "no host"])
      #expect(odd.status == 200)
    }
  }

  /// DNS rebinding where the browser's machine is a trusted proxy's: the page may write any field but `Host`.
  @Test func aRebindingPageDoesNotGetIn() async throws {
    try await withGateway({ Self.trust("127.0.0.1", in: &$0) }) { gateway, ollama in
      for original in ["localhost", "chat.example.com", "127.0.0.1"] {
        let response = try await TestClient.get(
          gateway.port, "/api/tags", ["Host": "evil.example", "X-Forwarded-Host": original])
        #expect(response.status == 403)
      }
      // And behind a proxy that names itself as the host.
      let behind = try await TestClient.get(
        gateway.port, "/api/tags", ["Host": "127.0.0.1", "X-Forwarded-Host": "evil.example"])
      #expect(behind.status == 403)
      let odd = try await TestClient.get(gateway.port, "/api/tags", ["X-Forwarded-Host": "a b"])
      #expect(odd.status == 400 && odd.text.contains("X-Forwarded-Host"))
      #expect(ollama.snapshot.requestCount == 0)
    }
  }
}
