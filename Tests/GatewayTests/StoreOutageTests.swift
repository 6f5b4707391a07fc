import Configuration
import GatewayTesting
import Testing

/// What becomes of turns while PostgreSQL is away, and that nothing is lost by it.
@Suite(.serialized) struct StoreOutageTests {
  private typealias Servers = StoreOutage.Servers

  private static func isPending(_ gateway: RunningGateway, _ session: String) async throws -> Bool? {
    let messages = try await ChatClient(gateway).history(session)["messages"].array
    return messages.count == 2 ? messages[1]["pending"] == true : nil
  }

  private static func state(_ gateway: RunningGateway) async throws -> String? {
    try await TestClient.get(gateway.port, "/health/detailed").json["store"]["state"].string
  }

  private static func contents(_ gateway: RunningGateway, _ session: String) async throws -> [String?] {
    try await ChatClient(gateway).history(session)["messages"].array.map { $0["content"].string }
  }

  /// A stream and an answer in one piece that have said two words each, and say the third when the gate opens.
  private static func begin(
    _ gateway: RunningGateway
  ) async throws -> (stream: TestClient, unary: Task<TestClient.Response, any Error>) {
    let chat = ChatClient(gateway)
    let stream = try await chat.open("Count", session: "stream")
    let unary = Task { try await chat.send("Count", session: "unary") }
    for session in ["stream", "unary"] {
      try await eventually("two tokens are there") { await gateway.lastEvent(of: session) == 2 }
    }
    return (stream, unary)
  }

  /// Reads a stream to a ping that comes behind a text: whoever waits for the end of an answer hears that it still comes.
  private static func readToAPing(_ stream: TestClient, behind text: String) async throws {
    try await stream.perform { connection in
      _ = try connection.readHead()
      var isSaid = false
      while let line = try connection.readLine() {
        if line.contains(text) { isSaid = true }
        if isSaid, line.hasPrefix(": ping") { return }
      }
      Issue.record("the stream has ended")
    }
  }

  @Test(
    "Away for longer than store_timeout: answers end as not stored, new turns are refused, and what was said is stored later",
    arguments: StoreOutage.allCases)
  func longer(_ outage: StoreOutage) async throws {
    let servers = try await outage.makeServers()
    try await withGateway(
      ollama: .pausing(),
      {
        $0.store = servers.location
        $0.storeTimeout = .seconds(1)
      }
    ) { gateway, ollama in
      let chat = ChatClient(gateway)
      let (stream, unary) = try await Self.begin(gateway)
      await servers.goAway()
      ollama.open("go")

      let events = try await stream.perform { try $0.readResponse() }
      #expect(events.shape == ["stream_start", "stream_chunk", "error"])
      #expect(events.streamedText == "One two three")
      #expect(events.messages.last?["code"] == "not_stored")
      let whole = try await unary.value
      #expect(whole.status == 503 && whole.headers["Retry-After"] != nil, "\(whole)")
      for session in ["stream", "unary"] {
        #expect(try await Self.isPending(gateway, session) == true)
        #expect(try await Self.contents(gateway, session) == ["Count", "One two three"])
      }

      for session in ["stream", "new"] {
        let refused = try await chat.send("Refused", session: session)
        #expect(refused.status == 503 && refused.headers["Retry-After"] != nil, "\(refused)")
        let noStream = try await chat.stream("Refused", session: session)
        #expect(noStream.status == 503 && noStream.headers["Retry-After"] != nil, "\(noStream)")
      }
      let deletion = try await TestClient.request(
        gateway.port, "DELETE", "\(ChatClient.path)/sessions/none")
      #expect(deletion.status == 503, "\(deletion)")
      // Relays have no sessions.
      let relayed = try await TestClient.post(
        gateway.port, "/api/chat", json: #"{"model":"m","messages":[]}"#)
      #expect(relayed.status == 200)

      try await servers.comeBack()
      for session in ["stream", "unary"] {
        try await eventually("what waited is stored") { try await Self.isPending(gateway, session) == false }
      }
      try await eventually("it works") { try await Self.state(gateway) == "ok" }
      #expect(try await chat.send("And now?", session: "stream").status == 200)
    }
    try await expectAllIsThere(servers, "stream", ["Count", "One two three", "And now?", "One two three"])
  }

  /// What the next process finds: all that was said, once, and nothing that was refused.
  private func expectAllIsThere(
    _ servers: Servers, _ session: String, _ expected: [String?],
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    try await withGateway({ $0.store = servers.location }) { gateway, _ in
      let found = try await Self.contents(gateway, session)
      #expect(found == expected, sourceLocation: sourceLocation)
      let other = try await Self.contents(gateway, "unary")
      #expect(other == ["Count", "One two three"], sourceLocation: sourceLocation)
      let list = try await TestClient.get(gateway.port, "\(ChatClient.path)/sessions").json
      #expect(list["total"] == 2, "\(list)", sourceLocation: sourceLocation)
    }
  }

  @Test(
    "Away for less than store_timeout: whoever has asked waits, and gets the end of the answer",
    arguments: StoreOutage.allCases)
  func shorter(_ outage: StoreOutage) async throws {
    let servers = try await outage.makeServers()
    try await withGateway(
      ollama: .pausing(),
      {
        $0.store = servers.location
        // Longer than any server takes to start.
        $0.storeTimeout = .seconds(300)
        $0.heartbeat = .milliseconds(200)
      }
    ) { gateway, ollama in
      let (stream, unary) = try await Self.begin(gateway)
      await servers.goAway()
      ollama.open("go")
      try await Self.readToAPing(stream, behind: "three")
      try await eventually("it is noticed") { try await Self.state(gateway) == "failing" }
      try await servers.comeBack()
      let rest = try await stream.perform { String(decoding: try $0.readBody(), as: UTF8.self) }
      #expect(rest.contains("event: stream_end") && !rest.contains("event: error"), "\(rest)")
      let whole = try await unary.value
      #expect(whole.status == 200 && whole.json["response"] == "One two three", "\(whole)")
      for session in ["stream", "unary"] { #expect(try await Self.isPending(gateway, session) == false) }
    }
    try await expectAllIsThere(servers, "stream", ["Count", "One two three"])
  }
}
