import Configuration
import GatewayTesting
import Limits
import Testing

/// What a client is told of its limits, in the words of the API that it speaks.
@Suite struct LimitRefusalTests {
  private static let rate = "rate limit: 1 request a minute"

  private func refused(_ path: LimitedPath) async throws -> (TestClient.Response, TestClient.Response) {
    try await withGateway(ollama: .counting()) {
      $0.anonymous = LimitSet(rpm: 1, tpm: 100_000, concurrent: 4)
    } _: { gateway, ollama in
      let first = try await path.ask(gateway.port)
      let second = try await path.ask(gateway.port)
      #expect(first.status == 200 && second.status == 429)
      #expect(ollama.snapshot.requestCount == 1, "what is refused is sent to nobody")
      let retry = try #require(second.headers["Retry-After"].flatMap { Int($0) })
      let milliseconds = try #require(second.headers["retry-after-ms"].flatMap { Int($0) })
      #expect((1...60).contains(retry) && (retry - 1) * 1000 < milliseconds && milliseconds <= retry * 1000)
      #expect(second.headers["x-should-retry"] == nil)
      #expect(
        second.headers["RateLimit-Policy"]
          == #""rpm";q=1;w=60, "concurrent";q=4;qu="concurrent-requests""#)
      #expect(second.headers["RateLimit"]?.hasPrefix(#""rpm";r=0;t="#) == true)
      #expect(first.headers["RateLimit-Policy"] == second.headers["RateLimit-Policy"])
      return (first, second)
    }
  }

  @Test(arguments: LimitedPath.ollama) func ofOllama(_ path: LimitedPath) async throws {
    let (first, second) = try await refused(path)
    #expect(second.json.keys == ["error"] && second.json["error"].string == Self.rate)
    #expect(!first.headers.names.contains { $0.lowercased().hasPrefix("x-ratelimit") })
  }

  @Test(arguments: LimitedPath.openAI) func ofOpenAI(_ path: LimitedPath) async throws {
    let (first, second) = try await refused(path)
    let error = second.json["error"]
    #expect(error["type"] == "requests" && error["code"] == "rate_limit_exceeded")
    #expect(error["message"].string == Self.rate)
    for response in [first, second] {
      #expect(response.headers["x-ratelimit-limit-requests"] == "1")
      #expect(response.headers["x-ratelimit-remaining-requests"] == "0")
      #expect(response.headers["x-ratelimit-limit-tokens"] == "100000")
    }
    #expect(first.headers["x-ratelimit-reset-requests"] == "1m0s")
  }

  @Test(arguments: LimitedPath.anthropic) func ofAnthropic(_ path: LimitedPath) async throws {
    let (first, second) = try await refused(path)
    #expect(second.json["type"] == "error" && second.json["error"]["type"] == "rate_limit_error")
    #expect(second.json["error"]["message"].string == Self.rate)
    for response in [first, second] {
      #expect(response.headers["anthropic-ratelimit-requests-limit"] == "1")
      #expect(response.headers["anthropic-ratelimit-requests-remaining"] == "0")
      let reset = response.headers["anthropic-ratelimit-requests-reset"]
      let hasForm = reset.map { !$0.matches(of: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/).isEmpty }
      #expect(hasForm == true)
      #expect(response.headers["anthropic-ratelimit-tokens-limit"] == "100000")
    }
  }

  @Test(arguments: LimitedPath.chat) func ofTheChat(_ path: LimitedPath) async throws {
    let (first, second) = try await refused(path)
    let problem = second.json
    #expect(problem["type"] == "https://iana.org/assignments/http-problem-types#quota-exceeded")
    #expect(problem["violated-policies"] == .array([.string("rpm")]))
    #expect(problem["detail"].string == Self.rate && problem["status"] == 429)
    for response in [first, second] {
      #expect(response.headers["X-RateLimit-Limit"] == "1")
      #expect(response.headers["X-RateLimit-Remaining"] == "0")
      #expect(response.headers["X-RateLimit-Reset"].flatMap { Int($0) } != nil)
    }
  }

  /// It helps nobody to try again by himself.
  @Test(arguments: [
    (LimitedPath.ollama[0], 429), (LimitedPath.openAI[0], 429), (LimitedPath.anthropic[0], 402),
    (LimitedPath.chat[0], 429),
  ])
  func aBudgetThatIsUsedUp(_ path: LimitedPath, _ status: Int) async throws {
    try await withGateway(ollama: .counting(prompt: 5, output: 7)) {
      $0.anonymous = LimitSet(budgets: [Budget(unit: .tokens, period: .month, amount: 12)])
    } _: { gateway, _ in
      #expect(try await path.ask(gateway.port).status == 200)
      let refused = try await path.ask(gateway.port)
      #expect(refused.status == status)
      #expect(refused.headers["x-should-retry"] == "false")
      #expect(refused.headers["Retry-After"] != nil)
      let words = "budget of this month is used up"
      switch path.path {
      case "/api/chat": #expect(refused.json["error"].string == words)
      case "/v1/chat/completions":
        #expect(refused.json["error"]["type"] == "insufficient_quota")
        #expect(refused.json["error"]["code"] == "insufficient_quota")
        #expect(refused.json["error"]["message"].string == words)
      case "/v1/messages": #expect(refused.json["error"]["type"] == "billing_error")
      default:
        #expect(refused.json["violated-policies"] == .array([.string("budget_tokens_month")]))
        #expect(refused.json["detail"].string == words)
      }
    }
  }

  /// No time makes it fit.
  @Test(arguments: [
    LimitedPath.ollama[0], LimitedPath.openAI[0], LimitedPath.anthropic[0], LimitedPath.chat[0],
  ])
  func aPromptThatNeverFits(_ path: LimitedPath) async throws {
    try await withGateway(ollama: .counting()) {
      $0.anonymous = LimitSet(tpm: 100)
    } _: { gateway, ollama in
      let long = path.body.replacing("Hi", with: String(repeating: "word ", count: 2000))
      let refused = try await TestClient.post(gateway.port, path.path, json: long)
      #expect(refused.status == 400)
      #expect(refused.headers["Retry-After"] == nil)
      #expect(ollama.snapshot.requestCount == 0)
    }
  }

  /// Wherever a long prompt stands.
  @Test(arguments: [
    #""prompt":"x","context":[\#((1...200).map(String.init).joined(separator: ","))]"#,
    #""prompt":"x","template":"\#(String(repeating: "word ", count: 200))""#,
    #""template":"\#(String(repeating: "{{.Prompt}}", count: 50))","prompt":"some words""#,
    #""context":[\#(Array(repeating: "null", count: 200).joined(separator: ","))]"#,
    #""template":"\#(String(repeating: "{{.Prompt}}", count: 50))","prompt":"some words","prompt":null"#,
    #""template":"{{range .Messages}}","options":{"num_ctx":9000},"options":{"num_ctx":10}"#,
  ])
  func whatElseIsRead(_ members: String) async throws {
    try await withGateway(ollama: .counting()) {
      $0.anonymous = LimitSet(tpm: 100)
    } _: { gateway, ollama in
      let refused = try await TestClient.post(
        gateway.port, "/api/generate", json: #"{"model":"m",\#(members)}"#)
      #expect(refused.status == 400)
      #expect(ollama.snapshot.requestCount == 0)
    }
  }

  /// Of tokens the word is another.
  @Test func tokensOfAMinute() async throws {
    try await withGateway(ollama: .counting(prompt: 50, output: 50)) {
      $0.anonymous = LimitSet(tpm: 100)
    } _: { gateway, _ in
      let path = LimitedPath.openAI[0]
      #expect(try await path.ask(gateway.port).status == 200)
      let refused = try await path.ask(gateway.port)
      #expect(refused.status == 429)
      #expect(refused.json["error"]["type"] == "tokens")
      #expect(refused.json["error"]["code"] == "rate_limit_exceeded")
    }
  }

  @Test(arguments: LimitedPath.all) func whoHasNoLimitsIsToldOfNone(_ path: LimitedPath) async throws {
    try await withGateway(ollama: .counting()) { gateway, _ in
      let response = try await path.ask(gateway.port)
      #expect(response.status == 200)
      #expect(!response.headers.names.contains { $0.lowercased().contains("ratelimit") })
    }
  }

  /// Questions about models are no work of theirs.
  @Test func listsAreNotLimited() async throws {
    try await withGateway {
      $0.anonymous = LimitSet(rpm: 1)
    } _: { (gateway, _) async throws in
      for path in ["/api/tags", "/api/ps", "/v1/models", "/api/version", "/api/tags"] {
        let response = try await TestClient.get(gateway.port, path)
        #expect(response.status == 200 && response.headers["RateLimit"] == nil)
      }
    }
  }
}
