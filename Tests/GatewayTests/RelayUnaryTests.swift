import Configuration
import GatewayTesting
import Testing

/// Responses that are no streams.
@Suite(.serialized) struct RelayUnaryTests {
  private static let length: TestHeaders = ["Content-Type": "application/json"]

  private func pass(_ script: Script, path: String = "/api/embed") async throws -> TestClient.Response {
    let ollama = try ScriptedOllama { _ in script }
    return try await withGateway(ollama: ollama) { gateway, _ in
      try await TestClient.run(gateway.port) { connection in
        try connection.sendPost(path, json: #"{"model":"m","stream":false}"#)
        return try connection.readResponse(allowTruncated: true)
      }
    }
  }

  private static func content(_ size: Int) -> [UInt8] {
    (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
  }

  /// It leaves with its length, also where Ollama has sent it in chunks.
  @Test(arguments: [0, 1, 2049, 64 * 1024])
  func aSmallResponseLeavesWithItsLength(size: Int) async throws {
    let content = Self.content(size)
    let whole = try await pass([.response(200, Self.length, content)])
    #expect(whole.framing == .length(size))
    #expect(whole.body == content)
    var steps: [Script.Step] = [.streamHead("application/json")]
    for start in stride(from: 0, to: size, by: 1000) {
      steps.append(.chunk(Array(content[start..<min(size, start + 1000)])))
    }
    let chunked = try await pass(Script(steps + [.endChunks]))
    #expect(chunked.framing == .length(size))
    #expect(chunked.body == content)
    let untilClose = try await pass([.head(200, Self.length), .bytes(content), .close])
    #expect(untilClose.framing == .length(size))
    #expect(untilClose.body == content)
  }

  @Test(arguments: [64 * 1024 + 1, 300_000, 5_000_000])
  func aLargeResponsePassesByteForByte(size: Int) async throws {
    let content = Self.content(size)
    let whole = try await pass([.response(200, Self.length, content)])
    #expect(whole.framing == .length(size))
    #expect(ByteDigest(of: whole.body) == ByteDigest(of: content))
    var steps: [Script.Step] = [.streamHead("application/json")]
    for start in stride(from: 0, to: size, by: 50_000) {
      steps.append(.chunk(Array(content[start..<min(size, start + 50_000)])))
    }
    let chunked = try await pass(Script(steps + [.endChunks]))
    #expect(chunked.framing == .chunked)
    #expect(ByteDigest(of: chunked.body) == ByteDigest(of: content))
  }

  @Test func aSmallResponseThatBreaksOffIsABadGateway() async throws {
    for cut in [Script.Cut.close, .reset] {
      let response = try await pass(.cutInBody(#"{"embeddings":[[1,2,3]]}"#, missing: 5, cut: cut))
      #expect(response.status == 502)
      RelayErrorsTests.expectForm(of: "/api/embed", response)
    }
    let chunked = try await pass([.streamHead("application/json"), .chunk(#"{"a":"#), .close])
    #expect(chunked.status == 502)
  }

  /// Its status is out by then: the response has no end, so that nobody takes it for whole.
  @Test func aLargeResponseThatBreaksOffHasNoEnd() async throws {
    let content = Self.content(200_000)
    for head: TestHeaders in [["Content-Length": "300000"], ["Transfer-Encoding": "chunked"]] {
      let body = head.contains("Content-Length") ? content : Script.chunkBytes(content)
      let response = try await pass([.head(200, head), .bytes(body), .close])
      #expect(response.status == 200)
      #expect(!response.isWhole)
      #expect(content.starts(with: response.body))
    }
  }

  /// Not JSON is Ollama's business where the status is good.
  @Test func aBodyThatIsNoJSONPasses() async throws {
    let response = try await pass(.garbageBody)
    #expect(response.status == 200)
    #expect(response.text == "<html>\u{0}no JSON")
  }

  /// `/v1` responds in one piece unless it is asked to stream; the event format stays out of it.
  @Test(arguments: ["/api/chat", "/api/generate", "/v1/chat/completions", "/v1/messages", "/v1/responses"])
  func responsesOfStreamingPathsThatDoNotStream(path: String) async throws {
    let response = try await pass(.ollamaJSON(#"{"anything":"at all"}"#), path: path)
    #expect(response.text == #"{"anything":"at all"}"#)
    #expect(response.framing == .length(response.body.count))
  }

  @Test func aSlowHeadIsAHead() async throws {
    let response = try await pass(.slowHead(every: .milliseconds(1)))
    #expect(response.status == 200)
    #expect(response.text == "{}")
  }

  @Test func redirectsAreNotFollowed() async throws {
    let response = try await pass([.response(307, ["Location": "http://127.0.0.1:1/"], [])])
    #expect(response.status == 307)
    // Nor are they passed on: where Ollama sends a client is no place of the gateway's.
    #expect(response.headers["Location"] == nil)
  }

  /// An upload that never comes to its end is refused, and Ollama is told.
  @Test func anUploadThatIsTooSlowIsLetGo() async throws {
    let ollama = try ScriptedOllama()
    try await withGateway(
      ollama: ollama,
      {
        $0.allowModelManagement = true
        $0.headerTimeout = .milliseconds(500)
      }
    ) { gateway, ollama in
      let response = try await TestClient.run(gateway.port) { connection in
        try connection.sendRequest(
          "POST", "/api/blobs/sha256:00", ["Content-Length": "1000"], body: [1, 2, 3])
        return try connection.readResponse()
      }
      #expect(response.status == 408)
      RelayErrorsTests.expectForm(of: "/api/blobs/x", response)
      // Where other work keeps the machine, it may not have begun within the time.
      try await ollama.wait("the upload has ended at Ollama") {
        $0.endedCount == $0.requestCount && $0.inProgressCount == 0
      }
    }
  }
}
