import Access
import Configuration
import Fleet
import GatewayTesting
import Limits
import System
import Testing

@testable import Gateway
@testable import Handling

/// What waits by a key that ends is refused, and what runs by it comes to its end.
@Suite(.serialized) struct WaitingAccessTests {
  enum End: CaseIterable, Sendable {
    case disabled, deleted, expired

    /// What callers are told.
    var words: String {
      switch self {
      case .disabled: "API key disabled"
      case .deleted: "API key invalid"
      case .expired: "API key expired"
      }
    }

    func apply(to key: TestKey, at gateway: RunningGateway) {
      var changed = key
      switch self {
      case .disabled: changed.record.isDisabled = true
      case .deleted: return gateway.use(TestKey())
      // By itself, a moment from now.
      case .expired: changed.record.expiresAt = Timestamp.now.adding(.milliseconds(300))
      }
      gateway.use(changed)
    }
  }

  /// A server of one slot, in which a stream of the key's own runs until the Ollama is released.
  private func withBusyServer(
    _ key: TestKey = TestKey(), _ configure: (inout Configuration) -> Void = { _ in },
    _ body: (RunningGateway, SimulatedOllama) async throws -> Void
  ) async throws {
    try await withFleet(
      1, { _, _ in },
      {
        $0.servers[0].parallel = 1
        configure(&$0)
      }
    ) { gateway, ollamas in
      gateway.use(key)
      try await gateway.waitForLists(1)
      let ollama = ollamas[0]
      // In memory, so that nobody waits for a load.
      _ = try await TestClient.post(ollama.port, "/api/generate", json: #"{"model":"a"}"#)
      ollama.hold { $0.tokens = 1 }
      let running = try await TestClient.connect(gateway.port)
      try await running.perform {
        try $0.sendPost("/api/chat", json: FleetPrompt.chat("a", "runs", FleetPrompt.streamed), key.headers)
      }
      try await ollama.wait("it runs") { $0.view.running == 1 }
      try await body(gateway, ollama)
      ollama.release()
      let response = try await running.perform { try $0.readResponse() }
      #expect(response.status == 200 && response.text.contains(#""done":true"#))
    }
  }

  private func wait(_ gateway: RunningGateway, for count: Int) async throws {
    try await eventually("\(count) wait", state: { "\(gateway.fleet)" }) { gateway.fleet.depth == count }
  }

  @Test(arguments: End.allCases)
  func aRequestThatWaitsIsRefusedInItsWords(_ end: End) async throws {
    let key = TestKey()
    try await withBusyServer(key) { gateway, ollama in
      func open(_ path: String, _ body: String) async throws -> TestClient {
        let client = try await TestClient.connect(gateway.port)
        try await client.perform { try $0.sendPost(path, json: body, key.headers) }
        return client
      }
      let native = try await open("/api/chat", FleetPrompt.chat("a", "1"))
      let openAI = try await open("/v1/chat/completions", FleetPrompt.chat("a", "2"))
      let anthropic = try await open("/v1/messages", FleetPrompt.chat("a", "3", #","max_tokens":9"#))
      let unary = try await open(ChatClient.path, ChatClient.body("4", #""model":"a""#))
      try await wait(gateway, for: 4)
      end.apply(to: key, at: gateway)
      let first = try await native.perform { try $0.readResponse() }
      #expect(first.status == 401 && first.json["error"].string == end.words)
      let second = try await openAI.perform { try $0.readResponse() }
      #expect(second.status == 401 && second.json["error"]["code"] == "invalid_api_key")
      #expect(second.json["error"]["message"].string == end.words)
      let third = try await anthropic.perform { try $0.readResponse() }
      #expect(third.status == 401 && third.json["error"]["type"] == "authentication_error")
      let fourth = try await unary.perform { try $0.readResponse() }
      #expect(fourth.status == 401 && fourth.json["detail"] == "Could not validate credentials")
      try await wait(gateway, for: 0)
      #expect(ollama.snapshot.record.count("/api/chat") == 1)
    }
  }

  /// One whose head is out ends by an error; a turn's waits for its server, so that it has a status of its own.
  @Test(arguments: End.allCases)
  func aStreamThatWaitsEndsByAnError(_ end: End) async throws {
    let key = TestKey()
    try await withBusyServer(key) { gateway, ollama in
      let relayed = try await TestClient.connect(gateway.port)
      try await relayed.perform {
        try $0.sendPost(
          "/v1/chat/completions", json: FleetPrompt.chat("a", "1", FleetPrompt.streamed), key.headers)
      }
      let turn = try await TestClient.connect(gateway.port)
      try await turn.perform {
        try $0.sendPost(
          ChatClient.path, json: ChatClient.body("2", stream: true, #""model":"a""#), key.headers)
      }
      try await wait(gateway, for: 2)
      end.apply(to: key, at: gateway)
      let first = try await relayed.perform { try $0.readResponse() }
      #expect(first.text.contains(end.words) && !first.text.contains("[DONE]"))
      let second = try await turn.perform { try $0.readResponse() }
      #expect(second.status == 401 && second.json["detail"] == "Could not validate credentials")
      #expect(ollama.snapshot.record.count("/api/chat") == 1)
    }
  }

  /// A turn over a WebSocket goes with the socket.
  @Test(arguments: End.allCases)
  func aTurnOfASocketThatWaits(_ end: End) async throws {
    let key = TestKey()
    try await withBusyServer(key) { gateway, ollama in
      let socket = try await ChatWebSocket(gateway, headers: key.headers)
      await socket.chat("waits", #""model":"a""#)
      _ = try await socket.receive(through: "stream_start")
      try await wait(gateway, for: 1)
      end.apply(to: key, at: gateway)
      let close = try await socket.receiveClose()
      #expect(close.code == 1008 && close.reason == end.words)
      try await wait(gateway, for: 0)
      #expect(ollama.snapshot.record.count("/api/chat") == 1)
    }
  }

  /// Turns that wait for an earlier one of their session are refused at once; the earlier one comes to its end.
  @Test(arguments: [End.disabled, .deleted])
  func turnsBehindAnotherAreRefused(_ end: End) async throws {
    let key = TestKey()
    try await withGateway(ollama: .pausing()) { gateway, ollama in
      gateway.use(key)
      let caller = Caller(onThisMachine: gateway, key.headers)
      let first = try await caller.open("One", session: "s")
      try await ollama.wait("it runs") { $0.waiting(at: "go") == 1 }
      let second = try await caller.open("Two", session: "s")
      let socket = try await caller.socket(session: "s")
      await socket.chat("Three")
      _ = try await socket.receive(through: "message_queued")
      end.apply(to: key, at: gateway)
      #expect(try await socket.receiveClose().code == 1008)
      let refused = try await second.perform { try $0.readResponse() }
      #expect(refused.status == 401 && refused.json["detail"] == "Could not validate credentials")
      ollama.open("go")
      #expect(try await first.perform { try $0.readResponse() }.shape.last == "stream_end")
      #expect(ollama.snapshot.exchanges(for: "/api/chat").count == 1)
    }
  }

  // MARK: What it costs

  /// The queue lets it wait no longer: nothing went out for it.
  @Test(arguments: [LimitedPath.native, .openAIChat, .chatTurn])
  func whoIsRefusedByTheQueuePaysNothing(_ path: LimitedPath) async throws {
    let key = TestKey { $0.limits = LimitSet(rpm: 3, concurrent: 2) }
    try await withBusyServer(key) { gateway, ollama in
      var headers = key.headers
      headers.add("X-Request-Timeout", "1")
      for _ in 0..<3 {
        let refused = try await path.ask(gateway.port, headers)
        #expect(refused.status == 503 && refused.headers["Retry-After"] != nil)
      }
      ollama.release()
      // The stream that ran was one of three.
      for _ in 0..<2 {
        try await eventually("the server is free") { gateway.fleet.servers.allSatisfy { $0.inFlight == 0 } }
        #expect(try await path.ask(gateway.port, key.headers).status == 200)
      }
      #expect(try await path.ask(gateway.port, key.headers).status == 429)
    }
  }

  /// However a request that waits is done with, and whoever goes first then: its place is given back once.
  @Test func whoLeavesAfterTheRefusal() async throws {
    let key = TestKey { $0.limits = LimitSet(rpm: 100, concurrent: 2) }
    try await withBusyServer(key) { gateway, ollama in
      var headers = key.headers
      headers.add("X-Request-Timeout", "1")
      let hurried = headers
      let refused = try await TestClient.connect(gateway.port)
      try await refused.perform {
        try $0.sendPost("/api/chat", json: FleetPrompt.chat("a", "1"), hurried)
        _ = try $0.readHead()
        $0.reset()
      }
      var disabled = key
      disabled.record.isDisabled = true
      let waits = try await TestClient.connect(gateway.port)
      try await waits.perform { try $0.sendPost("/api/chat", json: FleetPrompt.chat("a", "2"), key.headers) }
      try await wait(gateway, for: 1)
      gateway.use(disabled)
      try await waits.perform {
        _ = try $0.readHead()
        $0.reset()
      }
      gateway.use(key)
      // One place is that of what runs, the other is free, and no third.
      let next = try await TestClient.connect(gateway.port)
      try await next.perform { try $0.sendPost("/api/chat", json: FleetPrompt.chat("a", "3"), key.headers) }
      try await wait(gateway, for: 1)
      let third = try await TestClient.post(
        gateway.port, "/api/chat", json: FleetPrompt.chat("a", "4"), key.headers)
      #expect(third.status == 429)
      ollama.release()
      #expect(try await next.perform { try $0.readResponse() }.status == 200)
    }
  }
}

extension LimitedPath {
  fileprivate static let native = LimitedPath(
    path: "/api/chat", body: FleetPrompt.chat("a", "Hi", #","stream":false"#))
  fileprivate static let openAIChat = LimitedPath(
    path: "/v1/chat/completions", body: FleetPrompt.chat("a", "Hi"))
  fileprivate static let chatTurn = LimitedPath(
    path: ChatClient.path, body: ChatClient.body("Hi", #""model":"a""#))
}
