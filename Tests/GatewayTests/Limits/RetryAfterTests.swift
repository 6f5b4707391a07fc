import Configuration
import GatewayTesting
import Limits
import System
import Testing

/// Who comes again exactly when he was told to is let in.
@Suite(.serialized) struct RetryAfterTests {
  private static let paths = [
    LimitedPath.ollama[0], LimitedPath.openAI[0], LimitedPath.anthropic[0], LimitedPath.chat[0],
  ]

  /// Asks until there is no more, and tells what the refusal says of when to come again.
  private func exhaust(_ path: LimitedPath, _ gateway: RunningGateway) async throws -> Duration {
    while true {
      let response = try await path.ask(gateway.port)
      guard response.status == 429 else {
        try #require(response.status == 200)
        continue
      }
      let milliseconds = try #require(response.headers["retry-after-ms"].flatMap { Int($0) })
      // Whole seconds are never less.
      #expect(response.headers["Retry-After"] == "\((milliseconds + 999) / 1000)")
      return .milliseconds(milliseconds)
    }
  }

  @Test(arguments: paths) func requestsOfAMinute(_ path: LimitedPath) async throws {
    try await withGateway(ollama: .counting()) {
      // One is given back each quarter of a second.
      $0.anonymous = LimitSet(rpm: 240)
    } _: { gateway, _ in
      for _ in 0..<4 {
        let wait = try await exhaust(path, gateway)
        #expect(wait <= .milliseconds(250))
        try await Task.sleep(for: wait)
        #expect(try await path.ask(gateway.port).status == 200)
      }
    }
  }

  @Test(arguments: paths) func tokensOfAMinute(_ path: LimitedPath) async throws {
    try await withGateway(ollama: .counting(prompt: 10, output: 2000)) {
      $0.anonymous = LimitSet(tpm: 240_000)
    } _: { gateway, _ in
      for _ in 0..<4 {
        let wait = try await exhaust(path, gateway)
        #expect(wait <= .milliseconds(1100))
        try await Task.sleep(for: wait)
        #expect(try await path.ask(gateway.port).status == 200)
      }
    }
  }

  @Test(arguments: paths) func placesAtATime(_ path: LimitedPath) async throws {
    try await withGateway(ollama: .counting(behind: "go")) {
      $0.anonymous = LimitSet(concurrent: 1)
    } _: { gateway, ollama in
      async let first = path.ask(gateway.port)
      try await ollama.wait("it is asked") { $0.requests.contains { $0.method == "POST" } }
      let refused = try await path.ask(gateway.port)
      #expect(refused.status == 429 && refused.headers["Retry-After"] == "1")
      ollama.open("go")
      #expect(try await first.status == 200)
      #expect(try await path.ask(gateway.port).status == 200)
    }
  }

  /// Of a day, until it is over; by what an account says the same holds (`LimitAccountTests`).
  @Test(arguments: paths) func aBudget(_ path: LimitedPath) async throws {
    try await withGateway(ollama: .counting()) {
      $0.anonymous = LimitSet(budgets: [Budget(unit: .tokens, period: .day, amount: 1)])
    } _: { gateway, _ in
      #expect(try await path.ask(gateway.port).status == 200)
      let day = 86_400
      let before = day - Int(Timestamp.now.millisecondsSince1970 / 1000) % day
      let refused = try await path.ask(gateway.port)
      let after = day - Int(Timestamp.now.millisecondsSince1970 / 1000) % day
      let seconds = try #require(refused.headers["Retry-After"].flatMap { Int($0) })
      // Unless the day has ended meanwhile.
      if after <= before { #expect((after...before).contains(seconds), "\(after)...\(before): \(seconds)") }
    }
  }

  /// What Ollama's own cloud says of its limits is not mixed with what holds here.
  @Test(arguments: [LimitedPath.ollama[0], .openAI[0], .anthropic[0]])
  func onlyOurLimitsAreTold(_ path: LimitedPath) async throws {
    let ollama = try ScriptedOllama { _ in
      let fields = [
        "X-RateLimit-Limit-Requests: 999", "x-ratelimit-remaining-tokens: 999",
        "anthropic-ratelimit-requests-limit: 999", "RateLimit: \"theirs\";r=999",
        "RateLimit-Policy: \"theirs\";q=999",
      ]
      return Script([
        .text(
          "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
            + fields.map { "\($0)\r\n" }.joined() + "\r\n{}")
      ])
    }
    try await withGateway(ollama: ollama) {
      $0.anonymous = LimitSet(rpm: 7)
    } _: { gateway, _ in
      let response = try await path.ask(gateway.port)
      #expect(response.status == 200)
      let told = response.headers.fields.filter { $0.name.lowercased().contains("ratelimit") }
      #expect(!told.isEmpty && told.allSatisfy { !$0.value.contains("999") }, "\(told)")
      #expect(Set(told.map { $0.name.lowercased() }).count == told.count)
    }
    let other = try ScriptedOllama { _ in
      Script([
        .text(
          "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nX-RateLimit-Limit-Requests: 999\r\n\r\n{}"
        )
      ])
    }
    try await withGateway(ollama: other) { (gateway, _) async throws in
      #expect(try await path.ask(gateway.port).headers["X-RateLimit-Limit-Requests"] == "999")
    }
  }
}
