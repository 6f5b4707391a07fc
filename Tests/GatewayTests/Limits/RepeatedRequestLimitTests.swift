import Configuration
import GatewayTesting
import Limits
import Testing

/// A request that comes again by its `Idempotency-Key` is asked of no model: no limit refuses it, and it takes nothing of any.
@Suite struct RepeatedRequestLimitTests {
  private func ask(
    _ gateway: RunningGateway, _ key: String, _ message: String = "Hi", session: String = "s"
  ) async throws -> TestClient.Response {
    try await TestClient.post(
      gateway.port, ChatClient.path, json: ChatClient.body(message, session: session),
      ["Idempotency-Key": key])
  }

  @Test func whatRunsIsJoined() async throws {
    try await withGateway(ollama: .pausing()) {
      $0.anonymous = LimitSet(concurrent: 1, streams: 1)
    } _: { gateway, ollama in
      func open() async throws -> TestClient {
        let client = try await TestClient.connect(gateway.port)
        try await client.perform {
          try $0.sendPost(
            ChatClient.path, json: ChatClient.body("Hi", session: "s", stream: true),
            ["Idempotency-Key": "k"])
          #expect(try $0.readHead().status == 200)
        }
        return client
      }
      let first = try await open()
      // What is another one is refused, and leaves nothing.
      let other = try await ask(gateway, "other", session: "t")
      #expect(other.status == 429, "\(other.json)")
      let again = try await open()
      ollama.open("go")
      for client in [first, again] {
        let text = String(decoding: try await client.perform { try $0.readBody() }, as: UTF8.self)
        #expect(text.contains("event: stream_end"), "\(text)")
      }
      #expect(ollama.snapshot.exchanges(for: "/api/chat").count == 1)
      let since = try await ask(gateway, "other", "Something else", session: "t")
      #expect(since.status == 200, "the key is free")
      #expect(ollama.snapshot.exchanges(for: "/api/chat").count == 2)
    }
  }

  @Test func whatHasEndedIsToldAgain() async throws {
    try await withGateway(ollama: .counting()) {
      $0.anonymous = LimitSet(rpd: 2, tpd: 100_000)
    } _: { gateway, ollama in
      let first = try await ask(gateway, "k")
      #expect(first.status == 200 && first.headers["RateLimit"]?.contains(#""rpd";r=1"#) == true)
      for _ in 0..<3 { #expect(try await ask(gateway, "k").json["response"] == first.json["response"]) }
      #expect(try await ask(gateway, "l").status == 200, "they have taken nothing")
      #expect(try await ask(gateway, "m").status == 429)
      let again = try await ask(gateway, "k")
      #expect(again.status == 200 && again.json["response"] == first.json["response"])
      #expect(again.headers["RateLimit"] == nil, "no limit was asked")
      #expect(ollama.snapshot.requestCount == 2)
    }
  }
}
