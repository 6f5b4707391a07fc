import GatewayTesting
import Testing

/// The ready-made faults as a client sees them.
@Suite struct ScriptFaultsTests {
  /// What a client gets that asks for a chat.
  private func response(to script: Script, allowTruncated: Bool = false) async throws -> TestClient.Response {
    let ollama = try ScriptedOllama { _ in script }
    defer { ollama.stop() }
    return try await TestClient.run(ollama.port) { connection in
      try connection.sendPost("/api/chat", json: "{}")
      return try connection.readResponse(allowTruncated: allowTruncated)
    }
  }

  private func error(of script: Script) async throws -> TestClientError {
    try #require(await #expect(throws: TestClientError.self) { try await response(to: script) })
  }

  @Test("A script can respond with any error") func statusErrors() async throws {
    let missing = try await response(to: .modelNotFound("x"))
    #expect(missing.status == 404)
    #expect(missing.text == #"{"error":"model \"x\" not found, try pulling it first"}"#)
    for status in [500, 503] {
      let response = try await response(to: .error(status, "it broke"))
      #expect(response.status == status && response.json["error"] == "it broke")
    }
  }

  @Test(arguments: [Script.Cut.close, .reset])
  func cutsBeforeTheEndOfTheHead(_ cut: Script.Cut) async throws {
    let departure: Departure = cut == .close ? .finished : .reset
    for script in [Script.cutBeforeHead(cut), .cutInHead(cut)] {
      guard case .closed(departure) = try await error(of: script) else {
        Issue.record("not closed by \(departure)")
        continue
      }
    }
  }

  @Test(arguments: [Script.Cut.close, .reset])
  func cutsInTheBody(_ cut: Script.Cut) async throws {
    let inLine = try await response(to: .cutInLine(cut), allowTruncated: true)
    #expect(!inLine.isWhole && inLine.lines.count == 2 && inLine.chunks.count == 2)
    let inChunk = try await response(to: .cutInChunk(cut), allowTruncated: true)
    #expect(!inChunk.isWhole && inChunk.chunks.count == 1 && inChunk.lines.count == 2)
    let between = try await response(to: .cutBetweenChunks(cut), allowTruncated: true)
    #expect(!between.isWhole && between.lines.count == 1)
    let unary = try await response(to: .cutInBody("0123456789", missing: 3, cut: cut), allowTruncated: true)
    #expect(!unary.isWhole && unary.text == "0123456" && unary.framing == .length(10))
    guard case .truncated(let response) = try await error(of: .cutInLine(cut)) else {
      Issue.record("a truncated response was taken for whole")
      return
    }
    #expect(response.status == 200)
  }

  @Test func streamsThatEndWithoutTheirMark() async throws {
    let chat = try await response(to: .chatWithoutDone())
    #expect(chat.isWhole && !chat.text.contains(#""done":true"#))
    let completions = try await response(to: .completionsWithoutDone())
    #expect(completions.isWhole && completions.events.count == 2 && !completions.text.contains("[DONE]"))
    let error = try await response(to: .errorInStream("broke"))
    #expect(error.status == 200 && error.lines.last == #"{"error":"broke"}"#)
    let openAI = try await response(to: .completionsErrorInStream("broke"))
    #expect(openAI.events.last?.json["error"]["message"] == "broke")
  }

  @Test("A script can send what is no HTTP") func nonsense() async throws {
    guard case .badMessage = try await error(of: .garbage),
      case .badMessage = try await error(of: .badChunkSize)
    else {
      Issue.record("garbage was understood")
      return
    }
    #expect(try await response(to: .garbageBody).json == nil)
  }

  @Test("A script can send unusual heads") func unusualHeads() async throws {
    #expect(try await response(to: .slowHead(every: .microseconds(100))).json == .object([:]))
    let many = try await response(to: .manyHeaders(300))
    #expect(many.headers.fields.count == 302 && many.headers["x-extra-299"] == "value-299")
    let huge = try await response(to: .hugeHeader(1 << 20))
    #expect(huge.headers["X-Huge"]?.utf8.count == 1 << 20)
    guard case .badMessage(.headTooLong) = try await error(of: .endlessHeader) else {
      Issue.record("an endless header ended")
      return
    }
  }

  @Test("A script can send unusual bodies") func unusualBodies() async throws {
    let huge = try await response(to: .hugeLine())
    #expect(huge.chunks.count == 2 && huge.body.count > 10 << 20)
    let endless = try await response(to: .endlessLine(1 << 20))
    #expect(endless.body.count > 1 << 20 && !endless.body.contains(0x0a))
    let split = try await response(to: .splitEverywhere("ü🌍"))
    #expect(split.chunks.count == split.body.count && split.chunks.allSatisfy { $0.count == 1 })
    #expect(try TestJSON(split.lines[0])["message"]["content"] == "ü🌍")
  }

  @Test func aPacedStreamGoesOnUntilTheReaderLeaves() async throws {
    let ollama = try ScriptedOllama { _ in .endless(every: .milliseconds(1)) }
    defer { ollama.stop() }
    try await TestClient.run(ollama.port) { connection in
      try connection.sendRequest("GET", "/")
      _ = try connection.readHead()
      for _ in 0..<20 { #expect(try connection.readLine()?.hasSuffix(#""done":false}"#) == true) }
    }
    try await ollama.wait("the stream has ended") { $0.exchanges[0].peerLeft && $0.openConnections == 0 }
  }
}
