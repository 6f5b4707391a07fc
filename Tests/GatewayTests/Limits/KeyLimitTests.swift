import Access
import Configuration
import GatewayTesting
import Limits
import System
import Testing

/// Limits of keys, of their teams, and of the users for whom they ask.
@Suite struct KeyLimitTests {
  @Test func keysHaveLimitsOfTheirOwn() async throws {
    let (one, other) = (SampleKey(LimitSet(rpm: 1)), SampleKey(LimitSet(rpm: 2)))
    try await withGateway(ollama: .counting()) { gateway, _ in
      gateway.use([one, other])
      let path = LimitedPath.openAI[0]
      #expect(try await path.ask(gateway.port, one.headers).status == 200)
      #expect(try await path.ask(gateway.port, one.headers).status == 429)
      let response = try await path.ask(gateway.port, other.headers)
      #expect(response.status == 200 && response.headers["x-ratelimit-remaining-requests"] == "1")
    }
  }

  /// Together they have what their team has.
  @Test func aTeam() async throws {
    let name = try #require(TeamName("ml"))
    let team = TeamRecord(
      name: name, limits: LimitSet(rpm: 2), createdAt: Timestamp(millisecondsSince1970: 0))
    let keys = (0..<3).map { _ in SampleKey(LimitSet(rpm: 10)) { $0.team = name } }
    try await withGateway(ollama: .counting()) { gateway, _ in
      gateway.use(keys, teams: [team])
      let path = LimitedPath.openAI[0]
      let first = try await path.ask(gateway.port, keys[0].headers)
      // Of two limits of a kind the tighter one is told.
      #expect(first.headers["x-ratelimit-limit-requests"] == "2")
      #expect(try await path.ask(gateway.port, keys[1].headers).status == 200)
      #expect(try await path.ask(gateway.port, keys[2].headers).status == 429)
    }
  }

  @Test("A key that acts for users has its limits for each of them") func namedUsers() async throws {
    let key = SampleKey(LimitSet(rpm: 1)) { $0.mayActForUsers = true }
    let plain = SampleKey(LimitSet(rpm: 1))
    try await withGateway(ollama: .counting()) { (gateway, _) async throws in
      gateway.use([key, plain])
      let path = LimitedPath.openAI[0]
      func ask(_ key: SampleKey, _ user: String?) async throws -> Int {
        var headers = key.headers
        if let user { headers.add("X-OpenWebUI-User-Id", user) }
        return try await path.ask(gateway.port, headers).status
      }
      #expect(try await ask(key, "a") == 200)
      #expect(try await ask(key, "b") == 200)
      #expect(try await ask(key, nil) == 200)
      #expect(try await ask(key, "a") == 429)
      #expect(try await ask(key, "b") == 429)
      #expect(try await ask(key, nil) == 429)
      // Without leave the field says nothing.
      #expect(try await ask(plain, "a") == 200)
      #expect(try await ask(plain, "c") == 429)
      // What is no name is nobody's.
      #expect(try await ask(key, "no name") == 400)
      #expect(try await ask(key, "") == 400)
    }
  }

  /// Who shares a name with another key's user shares nothing of its limits.
  @Test func namesakesOfTwoKeys() async throws {
    let keys = (0..<2).map { _ in SampleKey(LimitSet(rpm: 1)) { $0.mayActForUsers = true } }
    try await withGateway(ollama: .counting()) { (gateway, _) async throws in
      gateway.use(keys)
      for status in [200, 429] {
        for key in keys {
          var headers = key.headers
          headers.add("X-OpenWebUI-User-Id", "ann")
          #expect(try await LimitedPath.openAI[0].ask(gateway.port, headers).status == status)
        }
      }
    }
  }

  /// Their sessions are theirs as well.
  @Test func namedUsersHaveSessions() async throws {
    let key = SampleKey { $0.mayActForUsers = true }
    try await withGateway(ollama: .counting()) { gateway, _ in
      gateway.use([key])
      func headers(_ user: String) -> TestHeaders {
        var headers = key.headers
        headers.add("X-OpenWebUI-User-Id", user)
        return headers
      }
      let path = ChatClient.path
      let first = try await TestClient.post(
        gateway.port, path, json: ChatClient.body("Hi", session: "s"), headers("a"))
      #expect(first.status == 200)
      let own = try await TestClient.get(gateway.port, "\(path)/sessions/s", headers("a"))
      #expect(own.status == 200)
      #expect(try await TestClient.get(gateway.port, "\(path)/sessions/s", headers("b")).status == 404)
      #expect(try await TestClient.get(gateway.port, "\(path)/sessions/s", key.headers).status == 404)
    }
  }

  @Test func theLogNamesTheKey() async throws {
    let key = SampleKey()
    try await withGateway(ollama: .counting()) { gateway, _ in
      gateway.use([key])
      #expect(try await LimitedPath.ollama[0].ask(gateway.port, key.headers).status == 200)
      try await eventually("it is logged") { gateway.log.contains(" key=\(key.text.id)") }
      #expect(!gateway.log.contains(key.text.text.dropFirst(19).prefix(37)))
    }
  }

  /// A key that has got other limits has them for the next turn.
  @Test func aChangeHoldsForAnOpenSocket() async throws {
    var key = SampleKey(LimitSet(rpm: 1))
    try await withGateway(ollama: .counting()) { gateway, _ in
      gateway.use([key])
      let chat = try await ChatWebSocket(gateway, session: "s", headers: key.headers)
      await chat.chat("One")
      _ = try await chat.receive(through: "stream_end")
      await chat.chat("Two")
      _ = try await chat.take("error")
      key.record.limits = LimitSet(rpm: 1000)
      gateway.use([key])
      await chat.chat("Three")
      #expect(try await chat.receive(throughAnyOf: ["stream_end", "error"]).last?["type"] == "stream_end")
      #expect(try await chat.socket.close() == 1000)
    }
  }
}
