import Configuration
import GatewayTesting
import Testing

/// Streams that go well, or fail by Ollama's own word.
@Suite(.serialized) struct RelayStreamTests {
  private func pass(_ stream: RelayStream, _ script: Script) async throws -> TestClient.Response {
    let ollama = try ScriptedOllama { _ in script }
    return try await withGateway(ollama: ollama, { $0.allowModelManagement = true }) { gateway, _ in
      try await stream.request(gateway.port)
    }
  }

  @Test(arguments: RelayStream.all)
  func aWholeStreamPassesByteForByte(stream: RelayStream) async throws {
    let response = try await pass(
      stream, stream.script(.chunk(stream.event), .chunk(stream.event), .chunk(stream.mark), .endChunks))
    #expect(response.status == 200)
    #expect(response.headers["Content-Type"] == stream.type)
    #expect(response.framing == .chunked)
    // A proxy in front is to pass it on as it comes.
    #expect(response.headers.values(of: "X-Accel-Buffering") == ["no"])
    #expect(response.headers.values(of: "Cache-Control") == ["no-cache"])
    #expect(response.text == stream.event + stream.event + stream.mark)
  }

  /// Each event goes out when it comes, and not with the next.
  @Test(arguments: RelayStream.all)
  func anEventIsNotHeldBack(stream: RelayStream) async throws {
    let ollama = try ScriptedOllama { _ in
      stream.script(
        .chunk(stream.event), .gate("second"), .chunk(stream.event), .gate("last"), .chunk(stream.mark),
        .endChunks)
    }
    try await withGateway(ollama: ollama, { $0.allowModelManagement = true }) { gateway, ollama in
      let client = try await TestClient.connect(gateway.port)
      let (head, first) = try await client.perform { connection in
        try connection.sendPost(stream.path, json: #"{"model":"m","stream":true}"#)
        return (try connection.readHead(), try connection.readChunk())
      }
      #expect(head.status == 200)
      #expect(first == Array(stream.event.utf8))
      ollama.open("second")
      #expect(try await client.perform { try $0.readChunk() } == Array(stream.event.utf8))
      ollama.open("last")
      #expect(try await client.perform { try $0.readBody() } == Array(stream.mark.utf8))
    }
  }

  /// Pieces that end anywhere, in characters too.
  @Test(arguments: RelayStream.all)
  func piecesAreNoEvents(stream: RelayStream) async throws {
    let bytes = Array((stream.event + stream.event + stream.mark).utf8)
    let response = try await pass(
      stream, stream.script(.repeat(bytes.count, every: .zero) { Script.chunkBytes([bytes[$0]]) }, .endChunks)
    )
    #expect(response.body == bytes)
    #expect(response.isWhole)
  }

  @Test(arguments: RelayStream.all)
  func ollamasOwnErrorPassesAndNoSecondIsAdded(stream: RelayStream) async throws {
    let clean = try await pass(
      stream, stream.script(.chunk(stream.event), .chunk(stream.failure), .endChunks))
    #expect(clean.status == 200)
    #expect(clean.text == stream.event + stream.failure)
    let unclean = try await pass(stream, stream.script(.chunk(stream.event), .chunk(stream.failure), .close))
    #expect(unclean.text == stream.event + stream.failure)
    #expect(unclean.isWhole)
    let first = try await pass(stream, stream.script(.chunk(stream.failure), .endChunks))
    #expect(first.text == stream.failure)
  }

  /// The response is whole, whatever became of the connection.
  @Test(arguments: RelayStream.all)
  func anUncleanEndAfterTheMarkIsSuccess(stream: RelayStream) async throws {
    let closed = try await pass(stream, stream.script(.chunk(stream.event), .chunk(stream.mark), .close))
    #expect(closed.text == stream.event + stream.mark)
    #expect(closed.isWhole)
    let ollama = try ScriptedOllama { _ in
      stream.script(.chunk(stream.event), .chunk(stream.mark), .gate("reset"), .reset)
    }
    try await withGateway(ollama: ollama, { $0.allowModelManagement = true }) { gateway, ollama in
      let client = try await TestClient.connect(gateway.port)
      try await client.perform { try $0.sendPost(stream.path, json: #"{"model":"m","stream":true}"#) }
      let count = (stream.event + stream.mark).utf8.count
      let text = try await client.perform { connection in
        _ = try connection.readHead()
        var bytes: [UInt8] = []
        while bytes.count < count, let more = try connection.readBytes() { bytes += more }
        return String(decoding: bytes, as: UTF8.self)
      }
      #expect(text == stream.event + stream.mark)
      ollama.open("reset")
      #expect(try await client.perform { try $0.readBody() } == [])
    }
  }

  /// The last line may lack its line feed, as the peer that closed after it meant it to.
  @Test(arguments: [RelayStream.chat, .generate, .pull])
  func aMarkWithoutItsLineFeed(stream: RelayStream) async throws {
    let mark = String(stream.mark.dropLast())
    let response = try await pass(stream, stream.script(.chunk(stream.event), .chunk(mark), .endChunks))
    #expect(response.text == stream.event + mark)
  }

  @Test func aLineOf10MB() async throws {
    let ollama = try ScriptedOllama { _ in .hugeLine() }
    try await withGateway(ollama: ollama) { gateway, _ in
      let response = try await RelayStream.chat.request(gateway.port)
      let line = OllamaWire.chatLine(model: "tinyllama:latest", String(repeating: "x", count: 10 << 20))
      let end = OllamaWire.chatEnd(model: "tinyllama:latest", evalCount: 1) + "\n"
      #expect(response.isWhole)
      #expect(ByteDigest(of: response.body) == ByteDigest(of: Array((line + end).utf8)))
    }
  }

  /// What `--max-body` allows clients is no measure for what Ollama may say last.
  @Test func aLongLastLineBesideASmallBodyLimit() async throws {
    let context = (0..<2000).map(String.init).joined(separator: ",")
    let end = #"{"model":"m","response":"","done":true,"done_reason":"stop","context":[\#(context)]}"# + "\n"
    let ollama = try ScriptedOllama { _ in
      RelayStream.generate.script(.chunk(RelayStream.generate.event), .chunk(end), .endChunks)
    }
    try await withGateway(ollama: ollama, { $0.maxBodyBytes = 1024 }) { gateway, _ in
      let response = try await RelayStream.generate.request(gateway.port)
      #expect(response.text == RelayStream.generate.event + end)
    }
  }

  // MARK: Streams that are not read

  /// A proxy between the gateway and Ollama may compress, though it is asked not to: nothing is put into what cannot be read.
  @Test(arguments: [RelayStream.chat, .chatCompletions])
  func aCodedStreamPassesAsItComes(stream: RelayStream) async throws {
    let head = Script.Step.head(
      200, ["Content-Type": stream.type, "Content-Encoding": "gzip", "Transfer-Encoding": "chunked"])
    let ollama = try ScriptedOllama { _ in
      [head, .chunk([0x1f, 0x8b, 0x0a, 0x0a]), .gate("rest"), .chunk([0x00, 0xff]), .endChunks]
    }
    try await withGateway(ollama: ollama) { gateway, ollama in
      let client = try await TestClient.connect(gateway.port)
      let (head, first) = try await client.perform { connection in
        try connection.sendPost(stream.path, json: #"{"model":"m"}"#, ["Accept-Encoding": "gzip"])
        return (try connection.readHead(), try connection.readChunk())
      }
      #expect(head.headers["Content-Encoding"] == "gzip")
      #expect(first == [0x1f, 0x8b, 0x0a, 0x0a])
      #expect(ollama.requests.last?.headers["Accept-Encoding"] == "identity")
      ollama.open("rest")
      #expect(try await client.perform { try $0.readBody() } == [0x00, 0xff])
    }
  }

  /// A stream where none is known of, as of a later Ollama.
  @Test func aStreamOfAnUnknownKindPassesAsItComes() async throws {
    let ollama = try ScriptedOllama { _ in
      [
        .streamHead("text/event-stream"), .chunk("data: 1\n\n"), .gate("rest"), .chunk("data: 2\n\n"),
        .endChunks,
      ]
    }
    try await withGateway(ollama: ollama) { gateway, ollama in
      let client = try await TestClient.connect(gateway.port)
      let first = try await client.perform { connection in
        try connection.sendRequest("POST", "/v1/audio/transcriptions", body: [1, 2, 3])
        _ = try connection.readHead()
        return try connection.readChunk()
      }
      #expect(first == Array("data: 1\n\n".utf8))
      ollama.open("rest")
      #expect(try await client.perform { try $0.readBody() } == Array("data: 2\n\n".utf8))
    }
  }
}

extension Script {
  /// One chunk of the chunked coding.
  static func chunkBytes(_ bytes: [UInt8]) -> [UInt8] {
    Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + [0x0d, 0x0a]
  }
}
