import Configuration
import GatewayTesting
import Limits
import System
import Testing

/// What limits let in, and what comes to stand in the account.
@Suite struct LimitTests {
  private static let stream = #"{"model":"m","messages":[{"role":"user","content":"Hi"}]}"#

  /// However many ask at one time, no more is let in than there is, and what a minute's limit gives back meanwhile.
  @Test(arguments: [LimitSet(tpm: 100_000), LimitSet(tpd: 100_000)])
  func aThousandAtOnce(_ limits: LimitSet) async throws {
    let tokens = 400
    try await withGateway(ollama: .counting(prompt: 1, output: tokens, behind: "go")) {
      $0.anonymous = limits
    } _: { gateway, ollama in
      let body = #"{"model":"m","prompt":"Hi","stream":false,"options":{"num_predict":\#(tokens)}}"#
      let start = MonotonicTime.now
      let refused = Lock(0)
      let (statuses, time) = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<1000 {
          group.addTask {
            let status = try await TestClient.post(gateway.port, "/api/generate", json: body).status
            if status == 429 { refused.withLock { $0 += 1 } }
            return status
          }
        }
        // Who is refused hears of it while the others wait.
        try await eventually("all are let in or refused") {
          refused.withLock { $0 } + ollama.snapshot.requestCount == 1000
        }
        let time = MonotonicTime.now - start
        ollama.open("go")
        return (try await group.reduce(into: [Int]()) { $0.append($1) }, time)
      }
      let admitted = statuses.count { $0 == 200 }
      let others = statuses.count { $0 == 429 }
      #expect(admitted + others == 1000)
      // Of a day nothing comes back.
      let given = limits.tpm == nil ? 0 : Int(time.milliseconds * 100_000 / 60_000) + 1
      #expect(admitted * (tokens + 1) <= 100_000 + given)
      #expect(admitted >= 100_000 / (tokens + 1))
    }
  }

  /// A place is there again before the client knows that it has all.
  @Test(arguments: [LimitedPath.ollama[0], LimitedPath.openAI[0], LimitedPath.chat[0]])
  func oneAtATime(_ path: LimitedPath) async throws {
    try await withGateway(ollama: .counting()) {
      $0.anonymous = LimitSet(concurrent: 1)
    } _: { (gateway, _) async throws in
      for _ in 0..<50 { #expect(try await path.ask(gateway.port).status == 200) }
    }
  }

  @Test func twoAtATimeAreOneTooMany() async throws {
    try await withGateway(ollama: .counting(behind: "go")) {
      $0.anonymous = LimitSet(concurrent: 1)
    } _: { gateway, ollama in
      let path = LimitedPath.ollama[0]
      async let first = path.ask(gateway.port)
      try await ollama.wait("it is asked") { $0.requests.count == 1 }
      let second = try await path.ask(gateway.port)
      #expect(second.status == 429 && second.headers["Retry-After"] == "1")
      #expect(second.json["error"].string == "rate limit: 1 request at a time")
      ollama.open("go")
      #expect(try await first.status == 200)
      #expect(try await path.ask(gateway.port).status == 200)
    }
  }

  /// What was made is charged, once, and the place is given back.
  @Test(arguments: ["/api/chat", "/api/v1/chat"])
  func whoLeavesInTheMiddle(_ path: String) async throws {
    try await withGateway(ollama: .pausing()) {
      $0.sessionGrace = .zero
      $0.anonymous = LimitSet(concurrent: 1)
    } _: { gateway, ollama in
      let body = path == "/api/chat" ? Self.stream : ChatClient.body("Hi", stream: true)
      let client = try await TestClient.connect(gateway.port)
      try await client.perform {
        try $0.sendPost(path, json: body)
        _ = try $0.readHead()
      }
      try await eventually("two tokens have come") {
        ollama.snapshot.waiting(at: "go") == 1
      }
      try await client.perform {
        // The second token, or, of the chat's stream, its text and what goes before it.
        while let line = try $0.readLine(), !line.contains("two ") {}
        $0.close()
      }
      try await eventually("it is settled") {
        try await gateway.metric(#"ollama_gateway_key_requests_total{key="_anonymous"}"#)
          == 1
      }
      let output = #"ollama_gateway_key_tokens_total{key="_anonymous",type="output"}"#
      #expect(try await gateway.metric(output) == 2)
      ollama.open("go")
      #expect(
        try await TestClient.post(gateway.port, "/api/chat", json: Self.stream).status == 200)
      #expect(try await gateway.metric(output) == 5)
    }
  }

  /// A response in one piece shows nobody how far it is: who leaves before its end pays what was reserved for it.
  @Test(arguments: [
    ("/api/generate", #""options":{"num_predict":40},"#), ("/v1/completions", #""max_tokens":40,"#),
  ])
  func whoLeavesBeforeThePiece(_ path: String, _ limit: String) async throws {
    try await withGateway(ollama: .counting(behind: "go")) {
      $0.anonymous = LimitSet(concurrent: 1)
    } _: { gateway, ollama in
      let client = try await TestClient.connect(gateway.port)
      let body = #"{"model":"m",\#(limit)"prompt":"12345678","stream":false}"#
      try await client.perform { try $0.sendPost(path, json: body) }
      try await ollama.wait("it is asked") { $0.requests.count == 1 }
      try await client.perform { $0.close() }
      try await eventually("it is settled") {
        try await gateway.metric(#"ollama_gateway_key_requests_total{key="_anonymous"}"#) == 1
      }
      let output = #"ollama_gateway_key_tokens_total{key="_anonymous",type="output"}"#
      #expect(try await gateway.metric(output) == 40)
      ollama.open("go")
    }
  }

  /// Nor does one that is compressed, though it was asked for as it is.
  @Test func whatIsCompressedIsCharged() async throws {
    let ollama = try ScriptedOllama { _ in
      [
        .head(200, ["Content-Type": "application/json", "Content-Encoding": "gzip", "Content-Length": "2"]),
        .bytes([0x1f, 0x8b]),
      ]
    }
    try await withGateway(ollama: ollama) {
      $0.anonymous = LimitSet(rpm: 100)
    } _: { (gateway, _) async throws in
      let body = #"{"model":"m","prompt":"Hi","stream":false,"options":{"num_predict":40}}"#
      #expect(try await TestClient.post(gateway.port, "/api/generate", json: body).status == 200)
      let output = #"ollama_gateway_key_tokens_total{key="_anonymous",type="output"}"#
      #expect(try await gateway.metric(output) == 40)
    }
  }

  /// A limit that is reached in the middle of a stream ends no stream.
  @Test func aStreamIsNotCut() async throws {
    try await withGateway(ollama: ScriptedOllama { _ in .chat(Array(repeating: "word ", count: 500)) }) {
      $0.anonymous = LimitSet(tpm: 20, budgets: [Budget(unit: .tokens, period: .day, amount: 5)])
    } _: { gateway, _ in
      let body = #"{"model":"m","messages":[{"role":"user","content":"Hi"}],"options":{"num_predict":5}}"#
      let whole = try await TestClient.post(gateway.port, "/api/chat", json: body)
      #expect(whole.status == 200 && whole.lines.count == 501)
      #expect(try await TestClient.post(gateway.port, "/api/chat", json: body).status == 429)
    }
  }

  /// A server that fails before its first token has made nothing: neither its head nor a part of a piece tells of any.
  @Test(arguments: [
    ("/api/chat", true, "application/x-ndjson"), ("/api/generate", false, "application/json"),
    ("/v1/chat/completions", true, "text/event-stream"), ("/v1/messages", true, "text/event-stream"),
    ("/v1/completions", false, "application/json"), ("/api/v1/chat", true, "application/x-ndjson"),
  ])
  func aServerThatFailsAtOnceCostsARequest(_ path: String, _ isStream: Bool, _ type: String) async throws {
    let ollama = try ScriptedOllama { _ in
      [.head(200, ["Content-Type": type, "Transfer-Encoding": "chunked"]), .close]
    }
    try await withGateway(ollama: ollama) {
      $0.anonymous = LimitSet(rpm: 100, tpm: 100_000)
    } _: { (gateway, _) async throws in
      let text = String(repeating: "word ", count: 400)
      let body =
        path == "/api/v1/chat"
        ? ChatClient.body(text, stream: true)
        : #"{"model":"m","max_tokens":9,"prompt":"\#(text)","messages":[{"role":"user","content":"\#(text)"}],"#
          + #""stream":\#(isStream)}"#
      _ = try? await TestClient.post(gateway.port, path, json: body)
      try await eventually("it is settled") {
        try await gateway.metric(#"ollama_gateway_key_requests_total{key="_anonymous"}"#) == 1
      }
      for type in ["input", "output"] {
        let tokens = #"ollama_gateway_key_tokens_total{key="_anonymous",type="\#(type)"}"#
        #expect(try await gateway.metric(tokens) == 0)
      }
    }
  }

  /// A request, and no tokens.
  @Test func whoIsSentToAClosedPortPaysARequest() async throws {
    let port = try RefusingPort()
    let running = try await RunningGateway(ollama: port.port) { $0.anonymous = LimitSet(rpm: 2) }
    let path = LimitedPath.ollama[0]
    for _ in 0..<2 {
      let response = try await path.ask(running.port)
      #expect(response.status == 503)
    }
    // Each was sent to the port, which took nothing: requests count, tokens do not.
    #expect(try await path.ask(running.port).status == 429)
    await running.stop()
  }

  @Test(
    "Metrics tell tokens, the time of servers and refusals", arguments: [LimitedPath.ollama[0], .chat[0]])
  func metrics(_ path: LimitedPath) async throws {
    try await withGateway(ollama: .counting(prompt: 5, output: 7)) {
      $0.anonymous = LimitSet(rpm: 1)
    } _: { (gateway, _) async throws in
      #expect(try await path.ask(gateway.port).status == 200)
      #expect(try await path.ask(gateway.port).status == 429)
      func metric(_ name: String, _ labels: String = "") async throws -> Double? {
        try await gateway.metric("ollama_gateway_\(name){key=\"_anonymous\"\(labels)}")
      }
      #expect(try await metric("key_requests_total") == 1)
      #expect(try await metric("key_failures_total") == 0)
      #expect(try await metric("key_tokens_total", #",type="input""#) == 5)
      #expect(try await metric("key_tokens_total", #",type="output""#) == 7)
      #expect(try await metric("key_gpu_seconds_total") == 0.003)
      #expect(try await metric("limit_refusals_total", #",limit="rpm""#) == 1)
    }
  }

  /// Where Ollama does not say what a stream took, its events are counted.
  @Test func aStreamThatDoesNotTell() async throws {
    let stream = RelayStream.chatCompletions
    let ollama = try ScriptedOllama { _ in
      stream.script(.chunk(stream.event), .chunk(stream.event), .chunk(stream.mark), .endChunks)
    }
    try await withGateway(ollama: ollama) {
      $0.anonymous = LimitSet(rpm: 100)
    } _: { (gateway, _) async throws in
      let body = #"{"model":"m","stream":true,"messages":[{"role":"user","content":"12345678"}]}"#
      #expect(try await TestClient.post(gateway.port, stream.path, json: body).status == 200)
      let tokens = #"ollama_gateway_key_tokens_total{key="_anonymous",type="output"}"#
      #expect(try await gateway.metric(tokens) == 2)
    }
  }
}
