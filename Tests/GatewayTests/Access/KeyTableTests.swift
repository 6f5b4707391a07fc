import Access
import Configuration
import GatewayTesting
import Synchronization
import System
import Testing

@testable import APIReference
@testable import Chat
@testable import Gateway
@testable import Handling
@testable import Operations
@testable import Pages
@testable import Relay
@testable import Upstreams

/// Every route and every message of a WebSocket, with every kind of key: who comes in is the rule's to say, and nothing else's.
@Suite(.serialized) struct KeyTableTests {
  struct Visit: Sendable {
    let method: String
    let path: String
    let rule: RouteRule

    var name: String { "\(method) \(path)" }
  }

  /// Every method of every route, and paths of folders. Those of sign-in are open, or find out themselves who asks: they have tests of
  /// their own.
  static func visits() async throws -> [Visit] {
    let routes = try await ServedRoutes.all().flatMap { route in
      route.endpoints.filter { $0.operation.group != .signIn }.map { endpoint in
        Visit(
          method: endpoint.method, path: route.pattern.replacing(#/\{[a-z]+\}/#, with: "x"),
          rule: endpoint.rule)
      }
    }
    return routes + [
      Visit(method: "GET", path: "/api/experimental/newer", rule: .scope(.modelsRead)),
      Visit(method: "POST", path: "/api/newer", rule: .scope(.modelsManage)),
      Visit(method: "POST", path: "/v1/newer", rule: .scope(.inference)),
    ]
  }

  private static let all: Scopes = [
    .inference, .chat, .modelsRead, .modelsManage, .metrics, .adminRead, .admin,
  ]

  /// What somebody shows.
  enum Shown: Sendable {
    /// Nothing, or what is no key of ours: a refusal that is not held against him.
    case noKey(TestHeaders)
    case badKey(TestHeaders)
    case twoKeys(TestHeaders)
    case key(TestKey)

    var headers: TestHeaders {
      switch self {
      case .noKey(let headers), .badKey(let headers), .twoKeys(let headers): headers
      case .key(let key): key.headers
      }
    }

    /// The status of a refusal; nil for who comes in.
    func refusal(by rule: RouteRule) -> Int? {
      if rule == .open { return nil }
      switch self {
      case .noKey, .badKey: return 401
      case .twoKeys: return 400
      case .key(let key):
        let scopes =
          key.record.scopes.contains(.admin) ? key.record.scopes.union(.adminRead) : key.record.scopes
        return rule.scopes.isDisjoint(with: scopes) ? 403 : nil
      }
    }
  }

  /// Keys that are not taken, and those of the gateway's that they are made of.
  private static func bad() -> (shown: [(String, Shown)], keys: [TestKey]) {
    let expired = TestKey(all) { $0.expiresAt = .now }
    let disabled = TestKey(all) { $0.isDisabled = true }
    let elsewhere = TestKey(all) { $0.allowedIPs = [IPNetwork("198.51.100.0/24")!] }
    let good = TestKey(all)
    let otherSecret: TestHeaders = ["Authorization": "Bearer \(KeyText(id: good.record.id).text)"]
    let text = good.text.text
    let mistyped: TestHeaders = [
      "Authorization": "Bearer \(text.dropLast())\(text.hasSuffix("x") ? "y" : "x")"
    ]
    var two = good.headers
    two.add("X-Api-Key", KeyText().text)
    return (
      [
        ("none", .noKey([:])), ("foreign", .noKey(["Authorization": "Bearer ollama"])),
        ("unknown", .badKey(TestKey.wrong)), ("other secret", .badKey(otherSecret)),
        ("mistyped", .badKey(mistyped)), ("expired", .badKey(expired.headers)),
        ("disabled", .badKey(disabled.headers)), ("elsewhere", .badKey(elsewhere.headers)),
        ("two", .twoKeys(two)),
      ], [expired, disabled, elsewhere, good]
    )
  }

  /// A key of each preset, of each scope alone and of all but one, of none and of all.
  private static func good() -> [(String, TestKey)] {
    Scopes.Preset.allCases.map { ($0.rawValue, TestKey($0.scopes)) }
      + all.names.compactMap { name in Scopes(name: name).map { (name, TestKey($0)) } }
      + all.names.compactMap { name in Scopes(name: name).map { ("no \(name)", TestKey(all.subtracting($0))) }
      }
      + [("none", TestKey([])), ("all", TestKey(all))]
  }

  private static let addresses = Atomic(0)

  /// From an address of its own, so that nobody is held off for what others have shown.
  private func status(_ visit: Visit, _ gateway: RunningGateway, _ shown: Shown) async throws -> Int {
    var headers = shown.headers
    let hasBody = visit.method == "POST" || visit.method == "DELETE"
    if hasBody { headers.add("Content-Type", "application/json") }
    let number = Self.addresses.add(1, ordering: .relaxed).newValue
    headers.add("X-Forwarded-For", "203.0.\(number / 250 % 250).\(number % 250 + 1)")
    return try await TestClient.request(
      gateway.port, visit.method, visit.path, headers, body: hasBody ? Array("{}".utf8) : nil
    ).status
  }

  private func expect(
    _ visit: Visit, _ gateway: RunningGateway, _ name: String, _ shown: Shown
  ) async throws {
    let status = try await status(visit, gateway, shown)
    if let refusal = shown.refusal(by: visit.rule) {
      #expect(status == refusal, "\(visit.name), \(name)")
    } else {
      #expect(![401, 403, 429].contains(status), "\(visit.name), \(name)")
    }
  }

  @Test func everyRouteHasItsRule() async throws {
    try await withGateway({ $0.trustTheTest() }) { gateway, _ in
      let (bad, keys) = Self.bad()
      let good = Self.good()
      gateway.use(keys + good.map(\.1))
      for visit in try await Self.visits() {
        for (name, shown) in bad { try await expect(visit, gateway, name, shown) }
        for (name, key) in good { try await expect(visit, gateway, name, .key(key)) }
      }
    }
  }

  /// What is for whoever shows a key is so wherever others are let in without one.
  @Test(arguments: [AccessMode.optional, .open])
  func callersWithoutAKeyHaveTheirScopes(_ mode: AccessMode) async throws {
    try await withGateway({
      $0.auth = mode
      $0.trustTheTest()
    }) { gateway, _ in
      gateway.use(TestKey())
      let theirs: Scopes = [.inference, .chat, .modelsRead, .metrics]
      for visit in try await Self.visits() {
        let status = try await status(visit, gateway, .noKey([:]))
        switch visit.rule {
        case .open, .known: #expect(![401, 403].contains(status), "\(visit.name)")
        case .scope(let scopes) where !scopes.isDisjoint(with: theirs):
          #expect(![401, 403].contains(status), "\(visit.name)")
        case .scope, .credential, .fleet: #expect(status == 401, "\(visit.name)")
        }
      }
    }
  }

  // MARK: WebSockets

  private static let messages: [(text: String, rule: RouteRule)] =
    ChatSocketMessage.Kind.allCases.filter { $0 != .command }.map {
      (#"{"type":"\#($0.rawValue)","message":"Hi"}"#, .chat)
    }
    + ChatSocketMessage.Command.allCases.map {
      (#"{"type":"command","command":"\#($0.rawValue)"}"#, ChatSocketMessage.command($0).rule)
    }

  @Test func everyMessageHasItsRule() async throws {
    try await withGateway { gateway, _ in
      for (text, rule) in Self.messages {
        let others = Self.all.subtracting(rule == .chat ? [] : rule.scopes)
        let (some, rest) = (TestKey(rule.scopes.union(.chat)), TestKey(others))
        gateway.use([some, rest])
        for key in [some, rest] {
          let socket = try await ChatWebSocket(gateway, headers: key.headers)
          await socket.socket.send(text)
          await socket.say("ping")
          let received = try await socket.receive(throughAnyOf: ["pong", "error"])
          let isForbidden = received.contains { $0["code"] == "forbidden" }
          #expect(isForbidden == (rule != .chat && key.record.id == rest.record.id), "\(text)")
          try await socket.socket.close()
        }
      }
    }
  }

  /// Without the scope, or with a key that is not taken, no socket is opened.
  @Test(arguments: ChatWebSocket.routes)
  func whoMayNotChatHasNoSocket(_ route: String) async throws {
    try await withGateway { (gateway, _) async throws in
      let other = TestKey(Self.all.subtracting(.chat))
      gateway.use(other)
      func status(_ headers: TestHeaders) async throws -> Int {
        try await TestClient.run(gateway.port) { connection in
          try connection.send(TestWebSocket.handshake(route, headers))
          return try connection.readHead().status
        }
      }
      #expect(try await status(other.headers) == 403)
      #expect(try await status([:]) == 401)
      #expect(try await status(TestKey.wrong) == 401)
      #expect(
        try await status(["Sec-WebSocket-Protocol": "og.v1, og.key.\(KeyText().text)"]) == 401)
    }
  }
}
