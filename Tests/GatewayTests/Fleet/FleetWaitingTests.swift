import Budgets
import Configuration
import Fleet
import GatewayTesting
import Testing

@testable import Gateway
@testable import Handling

/// What those are told who wait for a server, and what becomes of them.
@Suite(.serialized) struct FleetWaitingTests {
  /// Two servers of one slot each, of which both generate until ``SimulatedOllama/release()``.
  private static func withFullFleet(
    _ configure: (inout Configuration) -> Void = { _ in },
    _ body: (RunningGateway, [SimulatedOllama]) async throws -> Void
  ) async throws {
    try await withFleet(
      2, { _, _ in },
      {
        for index in $0.servers.indices { $0.servers[index].parallel = 1 }
        configure(&$0)
      }
    ) {
      gateway, ollamas in
      try await gateway.waitForLists(2)
      // In memory, so that nobody waits for a load.
      for ollama in ollamas {
        _ = try await TestClient.post(ollama.port, "/api/generate", json: #"{"model":"a"}"#)
        ollama.hold { $0.tokens = 1 }
      }
      let busy = try await [0, 1].asyncMap { number in
        let client = try await TestClient.connect(gateway.port)
        try await client.perform {
          try $0.sendPost(
            "/api/chat", json: FleetPrompt.chat("a", "busy \(number)", FleetPrompt.streamed))
        }
        return client
      }
      try await ollamas.wait("both are busy") { $0.allSatisfy { $0.view.running == 1 } }
      try await body(gateway, ollamas)
      for ollama in ollamas { ollama.release() }
      for client in busy {
        let response = try await client.perform { try $0.readResponse() }
        #expect(response.text.contains(#""done":true"#))
      }
    }
  }

  @Test func eventStreamsAreToldByComments() async throws {
    try await Self.withFullFleet { gateway, ollamas in
      let client = try await TestClient.connect(gateway.port)
      let body = FleetPrompt.chat("a", "waits", FleetPrompt.streamed)
      try await client.perform { try $0.sendPost("/v1/chat/completions", json: body) }
      let first = try await client.perform { connection in
        let head = try connection.readHead()
        return (head.status, try connection.readChunk().map { String(decoding: $0, as: UTF8.self) })
      }
      #expect(first.0 == 200)
      let comment = try #require(first.1)
      #expect(comment.hasPrefix(": queue position=1"))
      #expect(comment.hasSuffix("\n\n"))
      for ollama in ollamas { ollama.release() }
      let rest = try await client.perform { String(decoding: try $0.readBody(), as: UTF8.self) }
      #expect(rest.hasSuffix("data: [DONE]\n\n"))
      #expect(rest.contains(": server=s"))
      #expect(rest.split(separator: "\n").allSatisfy { $0.hasPrefix("data: ") || $0.hasPrefix(":") })
    }
  }

  @Test(arguments: ["/api/chat", "/api/generate"])
  func linesAreToldByLinesWithoutTextWhereTheOperatorWantsIt(path: String) async throws {
    try await Self.withFullFleet({ $0.queueLines = .milliseconds(20) }) { gateway, ollamas in
      let client = try await TestClient.connect(gateway.port)
      let body = path == "/api/chat" ? FleetPrompt.chat("a", "waits") : #"{"model":"a","prompt":"waits"}"#
      try await client.perform { try $0.sendPost(path, json: body) }
      let first = try await client.perform { connection in
        let head = try connection.readHead()
        return (
          head.status, head.headers["Content-Type"],
          String(decoding: try connection.readChunk() ?? [], as: UTF8.self)
        )
      }
      #expect(first.0 == 200)
      #expect(first.1 == "application/x-ndjson")
      let line = try TestJSON(first.2)
      #expect(
        line["model"] == "a" && line["done"] == false && line["created_at"].string?.hasSuffix("Z") == true)
      #expect((path == "/api/chat" ? line["message"]["content"] : line["response"]) == "")
      for ollama in ollamas { ollama.release() }
      let rest = try await client.perform { String(decoding: try $0.readBody(), as: UTF8.self) }
      let lines = try rest.split(separator: "\n").map { try TestJSON(String($0)) }
      #expect(lines.last?["done"] == true)
      let text = lines.map { $0["message"]["content"].string ?? $0["response"].string ?? "" }.joined()
      #expect(text == "Hello from the fake Ollama.")
    }
  }

  @Test func chatIsToldByEvents() async throws {
    try await Self.withFullFleet { gateway, ollamas in
      let client = try await ChatClient(gateway).open("waits", #""model":"a""#)
      let socket = try await ChatWebSocket(gateway)
      try await eventually("the first one waits") { gateway.fleet.depth == 1 }
      await socket.chat("waits, too", #""model":"a""#)
      _ = try await socket.take("message_received")
      _ = try await socket.take("stream_start")
      let told = try await socket.take("queued")
      #expect(told["position"] == 2)
      #expect(told["reason"] == "busy")
      #expect(told["model"] == "a:latest")
      #expect(told["seq"] == .null)
      for ollama in ollamas { ollama.release() }
      let response = try await client.perform { try $0.readResponse() }
      #expect(response.shape.prefix(2) == ["stream_start", "queued"])
      #expect(response.shape.last == "stream_end")
      #expect(response.streamedText == "Hello from the fake Ollama.")
      let events = response.events.filter { $0.type == "queued" }
      #expect(events.allSatisfy { $0.id == nil })
      #expect(events.first?.json["position"] == 1)
      let rest = try await socket.receive(through: "stream_end")
      #expect(rest.streamedText == "Hello from the fake Ollama.")
    }
  }

  /// A turn that waits can be stopped, and costs its server nothing.
  @Test func aTurnThatWaitsCanBeStopped() async throws {
    try await Self.withFullFleet { gateway, ollamas in
      let socket = try await ChatWebSocket(gateway)
      await socket.chat("waits", #""model":"a""#)
      _ = try await socket.receive(through: "stream_start")
      try await eventually("it waits") { gateway.fleet.depth == 1 }
      await socket.say("stop")
      _ = try await socket.receive(through: "stream_end")
      #expect(gateway.fleet.depth == 0)
      #expect(ollamas.counts("/api/chat") == [1, 1])
    }
  }

  @Test func ofThoseThatLeaveNothingIsSent() async throws {
    try await Self.withFullFleet { gateway, ollamas in
      let clients = try await (0..<50).asyncMap { number in
        let client = try await TestClient.connect(gateway.port)
        try await client.perform {
          try $0.sendPost(
            "/api/chat", json: FleetPrompt.chat("a", "leaves \(number)", FleetPrompt.streamed))
        }
        return client
      }
      try await eventually("all wait") { gateway.fleet.depth == 50 }
      for client in clients { try await client.perform { $0.reset() } }
      try await eventually("none waits") { gateway.fleet.depth == 0 }
      for ollama in ollamas { ollama.release() }
      try await ollamas.wait("the servers are idle") { $0.allSatisfy { $0.view.unfinished == 0 } }
      #expect(ollamas.counts("/api/chat") == [1, 1])
    }
  }

  @Test(arguments: ["/api/chat", "/v1/chat/completions"])
  func whoWaitsNoLongerIsTold(path: String) async throws {
    try await Self.withFullFleet { gateway, ollamas in
      let response = try await TestClient.run(gateway.port) {
        try $0.post(
          path, json: FleetPrompt.chat("a", "in a hurry", #","stream":false"#), ["X-Request-Timeout": "1"])
      }
      #expect(response.status == 503)
      let delay = try #require(response.headers["Retry-After"].flatMap { Int($0) })
      #expect((1...120).contains(delay))
      #expect(ollamas.counts(path).max() ?? 0 <= 1)
    }
  }

  /// What those that wait hold of the memory for bodies is there again as one of them is sent, and no sooner.
  @Test func whereBodiesHaveNoRoomTheTimeIsTheQueues() async throws {
    try await Self.withFullFleet { gateway, ollamas in
      let memory = gateway.gateway.services.bodyMemory
      let large = FleetPrompt.chat("a", String(repeating: "x", count: 200_000))
      func delayOfOneMore() async throws -> Int? {
        let all = try MemoryHold(memory.limit - memory.used, of: memory, for: nil)
        let response = try await TestClient.post(gateway.port, "/api/chat", json: large)
        withExtendedLifetime(all) {}
        #expect(response.status == 503)
        #expect(response.text.contains("too many large requests at once"))
        return response.headers["Retry-After"].flatMap { Int($0) }
      }
      #expect(try await delayOfOneMore() == 1, "none waits, and nobody knows")
      async let waiting = TestClient.post(gateway.port, "/api/chat", json: FleetPrompt.chat("a", "waits"))
      try await eventually("it waits") { gateway.fleet.depth == 1 }
      // Some seconds, by first guesses.
      let before = try #require(gateway.fleet.waiting.first?.standing.seconds)
      let delay = try #require(try await delayOfOneMore())
      let after = try #require(gateway.fleet.waiting.first?.standing.seconds)
      #expect(delay >= min(before, after) - 1 && delay <= 120, "\(delay) for \(before) to \(after)")
      for ollama in ollamas { ollama.release() }
      #expect(try await waiting.status == 200)
    }
  }

  @Test func aReloadThatTurnsTheQueueOffLetsAllGo() async throws {
    try await Self.withFullFleet { gateway, ollamas in
      async let response = TestClient.post(gateway.port, "/api/chat", json: FleetPrompt.chat("a", "waits"))
      try await eventually("it waits") { gateway.fleet.depth == 1 }
      gateway.turnQueueOff()
      #expect(gateway.fleet.depth == 0)
      for ollama in ollamas { ollama.release() }
      #expect(try await response.status == 200)
    }
  }
}

extension Sequence {
  /// One after the other.
  fileprivate func asyncMap<Mapped>(_ body: (Element) async throws -> Mapped) async rethrows -> [Mapped] {
    var all: [Mapped] = []
    for element in self { all.append(try await body(element)) }
    return all
  }
}
