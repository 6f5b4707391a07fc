import Configuration
import GatewayTesting
import Testing

/// What becomes of an Ollama that misbehaves.
@Suite(.serialized) struct RelayFaultTests {
  private func pass(
    _ stream: RelayStream, _ script: Script, _ configure: (inout Configuration) -> Void = { _ in }
  ) async throws -> TestClient.Response {
    let ollama = try ScriptedOllama { _ in script }
    return try await withGateway(
      ollama: ollama,
      {
        $0.allowModelManagement = true
        configure(&$0)
      }
    ) { gateway, _ in
      try await stream.request(gateway.port)
    }
  }

  // MARK: Before any byte of the response's content

  private static let early: [(name: String, script: Script)] = [
    ("cut before the head", .cutBeforeHead()), ("reset before the head", .cutBeforeHead(.reset)),
    ("cut in the head", .cutInHead()), ("reset in the head", .cutInHead(.reset)), ("garbage", .garbage),
    ("a header without end", .endlessHeader), ("a header of 200 KB", .hugeHeader(200_000)),
    ("300 header fields", .manyHeaders(300)),
    ("a folded first line", [.text("HTTP/1.1 200 OK\r\n a: b\r\nContent-Length: 2\r\n\r\n{}")]),
    (
      "a folded line",
      [
        .text(
          "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\tSet-Cookie: a\r\nContent-Length: 2\r\n\r\n{}"
        )
      ]
    ),
  ]

  @Test(arguments: RelayStream.all)
  func beforeTheHead(stream: RelayStream) async throws {
    for (name, script) in Self.early {
      let response = try await pass(stream, script)
      #expect(response.status == 502, "\(name)")
      RelayErrorsTests.expectForm(of: stream.path, response)
    }
  }

  @Test(arguments: RelayStream.all)
  func afterTheHead(stream: RelayStream) async throws {
    let scripts = [
      stream.script(.close), stream.script(.endChunks), stream.script(.text("zz\r\n")),
      stream.script(.chunk(String(stream.event.prefix(stream.event.count / 2))), .close),
      stream.script(.chunk(String(stream.event.prefix(stream.event.count / 2))), .endChunks),
    ]
    for script in scripts {
      let response = try await pass(stream, script + [.close])
      #expect(response.status == 502)
      RelayErrorsTests.expectForm(of: stream.path, response)
    }
  }

  /// Ollama may be silent for as long as it likes while it fetches a model, and does something else than a model's work.
  private static let inferences = RelayStream.all.filter { $0.path != RelayStream.pull.path }

  @Test("An Ollama that falls silent is a time-out", arguments: inferences)
  func silence(stream: RelayStream) async throws {
    let mute = try await pass(stream, .silent) { $0.firstByteTimeout = .milliseconds(100) }
    #expect(mute.status == 504)
    RelayErrorsTests.expectForm(of: stream.path, mute)
    let stuck = try await pass(stream, stream.script(.silence)) { $0.idleTimeout = .milliseconds(100) }
    #expect(stuck.status == 504)
    RelayErrorsTests.expectForm(of: stream.path, stuck)
  }

  @Test func nobodyRespondsAtTheAddress() async throws {
    let unanswered = try UnansweredPort()
    let gateway = try await RunningGateway(ollama: unanswered.port) { $0.connectTimeout = .milliseconds(200) }
    let response = try await RelayStream.chat.request(gateway.port)
    #expect(response.status == 503)
    #expect(response.headers["Retry-After"] != nil)
    RelayErrorsTests.expectForm(of: "/api/chat", response)
    await gateway.stop()
  }

  // MARK: In the midst of the stream

  @Test(arguments: RelayStream.all)
  func inMidStream(stream: RelayStream) async throws {
    let half = String(stream.event.prefix(stream.event.count / 2))
    let scripts: [(name: String, script: Script)] = [
      ("closed between two events", stream.script(.chunk(stream.event), .close)),
      ("ended between two events", stream.script(.chunk(stream.event), .endChunks)),
      ("closed in an event", stream.script(.chunk(stream.event), .chunk(half), .close)),
      ("ended in an event", stream.script(.chunk(stream.event), .chunk(half), .endChunks)),
      ("closed in a chunk", stream.script(.chunk(stream.event), .text("ff\r\n" + half), .close)),
      ("no chunk size", stream.script(.chunk(stream.event), .text("zz\r\nhello\r\n"), .close)),
      ("an event cut in a chunk with a whole one", stream.script(.chunk(stream.event + half), .close)),
    ]
    for (name, script) in scripts {
      let response = try await pass(stream, script)
      stream.expectError(response, after: stream.event)
      #expect(!response.text.contains(stream.mark), "\(name)")
    }
  }

  @Test(arguments: RelayStream.all)
  func aResetInMidStream(stream: RelayStream) async throws {
    let ollama = try ScriptedOllama { _ in stream.script(.chunk(stream.event), .gate("reset"), .reset) }
    try await withGateway(ollama: ollama, { $0.allowModelManagement = true }) { gateway, ollama in
      async let response = stream.request(gateway.port)
      try await ollama.wait("the event is out") { $0.waiting(at: "reset") == 1 }
      ollama.open("reset")
      stream.expectError(try await response, after: stream.event)
    }
  }

  @Test(arguments: inferences)
  func silenceInMidStream(stream: RelayStream) async throws {
    let response = try await pass(stream, [.streamBeginning(stream.type, stream.event), .silence]) {
      $0.idleTimeout = .seconds(1)
    }
    stream.expectError(response, after: stream.event)
  }

  /// A line that was passed on in part, since it is too large to be held back, is ended before the error.
  @Test(arguments: [RelayStream.chat, .chatCompletions])
  func aCutInALargeEvent(stream: RelayStream) async throws {
    let part = "data: " + String(repeating: "x", count: 100_000)
    let response = try await pass(stream, stream.script(.chunk(stream.event), .chunk(part), .close))
    stream.expectError(response, after: stream.event + part + (stream.isSSE ? "\n\n" : "\n"))
  }

  /// Lines that are no JSON go on as they are; they are no success either.
  @Test(arguments: [RelayStream.chat, .pull, .chatCompletions])
  func garbageInTheStream(stream: RelayStream) async throws {
    let garbage = "<html>\u{0}\u{7f}done:true\n\n"
    let response = try await pass(stream, stream.script(.chunk(stream.event), .chunk(garbage), .endChunks))
    stream.expectError(response, after: stream.event + garbage)
  }

  /// A mark that was seen stays seen.
  @Test(arguments: RelayStream.all)
  func whatFollowsTheMarkIsNoError(stream: RelayStream) async throws {
    for end in [Script.Step.endChunks, .close] {
      let response = try await pass(
        stream, stream.script(.chunk(stream.event), .chunk(stream.mark), .chunk(stream.event), end))
      #expect(response.text == stream.event + stream.mark + stream.event)
      #expect(response.isWhole)
    }
  }

  @Test func theErrorOfResponsesHasTheNextNumber() async throws {
    let stream = RelayStream.responses
    let event =
      "event: response.output_text.delta\n"
      + #"data: {"type":"response.output_text.delta","sequence_number":7,"delta":"Hello"}"# + "\n\n"
    let response = try await pass(stream, stream.script(.chunk(event), .close))
    stream.expectError(response, after: event)
    let data = response.text.components(behind: "data: ").last ?? ""
    #expect(try TestJSON(data)["sequence_number"] == 8)
  }

  /// One stream's failure is not its neighbours'.
  @Test func theOthersGoOn() async throws {
    let stream = RelayStream.chat
    let ollama = try ScriptedOllama { request in
      request.text.contains("bad")
        ? stream.script(.chunk(stream.event), .close)
        : stream.script(.chunk(stream.event), .gate("end"), .chunk(stream.mark), .endChunks)
    }
    try await withGateway(ollama: ollama, { $0.workers = 1 }) { gateway, ollama in
      let good = try await TestClient.connect(gateway.port)
      try await good.perform { connection in
        try connection.sendPost(stream.path, json: #"{"model":"good"}"#)
        _ = try connection.readHead()
      }
      for _ in 0..<10 {
        let bad = try await TestClient.post(gateway.port, stream.path, json: #"{"model":"bad"}"#)
        stream.expectError(bad, after: stream.event)
      }
      ollama.open("end")
      let body = try await good.perform { try $0.readBody() }
      #expect(String(decoding: body, as: UTF8.self) == stream.event + stream.mark)
    }
  }
}

extension String {
  fileprivate func components(behind text: String) -> [String] {
    ranges(of: text).map { String(self[$0.upperBound...].prefix { $0 != "\n" }) }
  }
}
