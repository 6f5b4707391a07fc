import GatewayTesting
import Testing

/// Turns of the chat API before several servers.
@Suite(.serialized) struct FleetChatTests {
  @Test func aTurnMovesUntilItsFirstByte() async throws {
    try await withFleet(2) { gateway, ollamas in
      try await gateway.waitForLists(2)
      for ollama in ollamas { ollama.hold { $0.prompts = true } }
      let client = try await ChatClient(gateway).open("Hi", #""model":"a""#)
      try await ollamas.wait("one has it") { $0.contains { $0.view.running == 1 } }
      let first = try #require(ollamas.firstIndex { $0.snapshot.view.running == 1 })
      ollamas[1 - first].release()
      ollamas[first].kill()
      let response = try await client.perform { try $0.readResponse() }
      #expect(response.shape == ["stream_start", "stream_chunk", "stream_end"])
      #expect(response.streamedText == "Hello from the fake Ollama.")
    }
  }

  @Test func anImageMovesToo() async throws {
    try await withFleet(2) { gateway, ollamas in
      try await gateway.waitForLists(2)
      for ollama in ollamas { ollama.hold { $0.prompts = true } }
      let image =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
      let client = try await ChatClient(gateway).open("Hi", #""model":"a","images":["\#(image)"]"#)
      try await ollamas.wait("one has it") { $0.contains { $0.view.running == 1 } }
      let first = try #require(ollamas.firstIndex { $0.snapshot.view.running == 1 })
      ollamas[1 - first].release()
      ollamas[first].kill()
      let response = try await client.perform { try $0.readResponse() }
      #expect(response.streamedText == "Hello from the fake Ollama.")
      let body = try #require(ollamas[1 - first].snapshot.http.exchanges(for: "/api/chat").last?.request.json)
      #expect(body["messages"][0]["images"][0].string == image)
    }
  }

  @Test func afterItsFirstByteATurnEndsWithOneError() async throws {
    try await withFleet(2) { gateway, ollamas in
      try await gateway.waitForLists(2)
      for ollama in ollamas { ollama.hold { $0.tokens = 2 } }
      let client = try await ChatClient(gateway).open("Hi", #""model":"a""#)
      try await ollamas.wait("one has begun") { $0.contains { $0.view.runner("a")?.tokens == 2 } }
      let first = try #require(ollamas.firstIndex { $0.snapshot.view.running == 1 })
      let head = try await client.perform { try $0.readHead() }
      #expect(head.status == 200)
      ollamas[first].kill()
      let response = try await client.perform { String(decoding: try $0.readBody(), as: UTF8.self) }
      #expect(response.components(of: "event: error").count == 2)
      #expect(!response.contains("event: stream_end"))
      #expect(ollamas[1 - first].snapshot.record.count("/api/chat") == 0)
    }
  }

  /// Eight sessions on four servers: each stays where its prompt is.
  @Test func aSessionStaysWhereItsPromptIs() async throws {
    try await withFleet(4, { $1.slots = 4 }) { gateway, ollamas in
      try await gateway.waitForLists(4)
      for turn in 0..<4 {
        for session in 0..<8 {
          let response = try await ChatClient(gateway).send(
            "turn \(turn) of \(session): " + String(repeating: "x", count: 4_000), session: "s\(session)",
            #""model":"a""#)
          #expect(response.status == 200)
        }
      }
      let jobs = ollamas.map { $0.snapshot.record.jobs.filter { !$0.prompt.isEmpty } }
      #expect(jobs.reduce(0) { $0 + $1.count } == 32)
      for session in 0..<8 {
        let homes = jobs.filter { $0.contains { $0.promptText.contains("of \(session): ") } }.count
        #expect(homes == 1, "session \(session) was on \(homes) servers")
      }
    }
  }
}

extension String {
  fileprivate func components(of separator: String) -> [Substring] {
    var parts: [Substring] = []
    var rest = self[...]
    while let found = rest.firstRange(of: separator) {
      parts.append(rest[..<found.lowerBound])
      rest = rest[found.upperBound...]
    }
    return parts + [rest]
  }
}
