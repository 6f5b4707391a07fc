import GatewayTesting
import Testing

@Suite struct ScriptedOllamaTests {
  private let question = #"{"model":"tinyllama","messages":[{"role":"user","content":"Hi"}]}"#

  @Test func everyRequestIsRecordedAsItCame() async throws {
    let ollama = try ScriptedOllama { _ in .json("{}") }
    defer { ollama.stop() }
    try await TestClient.run(ollama.port) { connection in
      _ = try connection.request(
        "PUT", "/a?b=c&d", ["X-B": "2", "x-a": "1", "X-B": "3"], body: Array("hello".utf8))
      try connection.send("POST /chunked HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
      try connection.sendChunk("one ")
      try connection.sendChunk("two")
      try connection.endChunks()
      _ = try connection.readResponse()
    }
    _ = try await TestClient.get(ollama.port, "/")
    let requests = ollama.requests
    #expect(requests.map(\.method) == ["PUT", "POST", "GET"])
    #expect(requests.map(\.connection) == [1, 1, 2])
    #expect(requests.map(\.number) == [1, 2, 3])
    #expect(requests[0].target == "/a?b=c&d" && requests[0].path == "/a" && requests[0].query == "b=c&d")
    #expect(requests[0].headers.names == ["Host", "X-B", "x-a", "X-B", "Content-Length"])
    #expect(requests[0].headers.values(of: "x-b") == ["2", "3"])
    #expect(requests.map(\.text) == ["hello", "one two", ""])
    #expect(ollama.snapshot.exchanges.allSatisfy { $0.ending == .responded })
  }

  @Test func aLargeBodyIsCountedAndHashed() async throws {
    let ollama = try ScriptedOllama(bodyLimit: 1000) { _ in .json("{}") }
    defer { ollama.stop() }
    let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    _ = try await TestClient.request(ollama.port, "POST", "/", body: body)
    let recorded = try #require(ollama.requests.first).body
    #expect(recorded.count == body.count && recorded.digest == ByteDigest(of: body))
    #expect(recorded.bytes == Array(body.prefix(1000)) && !recorded.isKept)
  }

  @Test func pipelinedRequestsHaveTheirResponsesInOrder() async throws {
    let ollama = try ScriptedOllama { request in
      request.path == "/0" ? [.gate("go"), .response(200, [:], Array("/0".utf8))] : .text(request.path)
    }
    defer { ollama.stop() }
    let client = try await TestClient.connect(ollama.port)
    try await client.perform { connection in
      for number in 0..<5 { try connection.sendRequest("GET", "/\(number)") }
    }
    try await ollama.wait("all five have come") { $0.requests.count == 5 && $0.waiting(at: "go") == 1 }
    #expect(ollama.snapshot.exchanges.allSatisfy { $0.ending == nil && $0.bytesSent == 0 })
    ollama.open("go")
    let responses = try await client.perform { connection in
      try (0..<5).map { _ in try connection.readResponse().text }
    }
    #expect(responses == ["/0", "/1", "/2", "/3", "/4"])
    #expect(ollama.snapshot.acceptedConnections == 1 && ollama.snapshot.waiting(at: "go") == 0)
  }

  @Test func aClientThatExpectsContinueGetsItOnceAndOnlyThen() async throws {
    let ollama = try ScriptedOllama { .text($0.text) }
    defer { ollama.stop() }
    let response = try await TestClient.run(ollama.port) { connection in
      try connection.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
      let interim = try #require(try connection.receiveBytes())
      #expect(interim == Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
      try connection.send("body")
      return try connection.readResponse()
    }
    #expect(response.text == "body" && response.interim.isEmpty)
    #expect(ollama.snapshot.exchanges[0].bytesSent == response.raw.count)
    let atOnce = try await TestClient.run(ollama.port) { connection in
      try connection.request("POST", "/", ["Expect": "100-continue"], body: Array("body".utf8))
    }
    #expect(atOnce.interim.isEmpty)
  }

  @Test func gatesStepThroughAStream() async throws {
    let ollama = try ScriptedOllama { _ in
      [.streamHead(), .chunk("a\n"), .gate("b"), .chunk("b\n"), .gate("end"), .endChunks]
    }
    defer { ollama.stop() }
    let client = try await TestClient.connect(ollama.port)
    let first = try await client.perform { connection in
      try connection.sendRequest("GET", "/")
      _ = try connection.readHead()
      return try connection.readLine()
    }
    #expect(first == "a")
    try await ollama.wait("the script waits") { $0.waiting(at: "b") == 1 }
    ollama.open("b")
    #expect(try await client.perform { try $0.readLine() } == "b")
    ollama.open("end")
    #expect(try await client.perform { try $0.readLine() } == nil)
    try await ollama.wait("the exchange has ended") { $0.exchanges[0].ending == .responded }
  }

  @Test(arguments: [Departure.finished, .reset], [false, true])
  func aPeerThatLeavesIsNoticed(_ departure: Departure, _ inResponse: Bool) async throws {
    let ollama = try ScriptedOllama { _ in inResponse ? .stalled : .silent }
    defer { ollama.stop() }
    let client = try await TestClient.connect(ollama.port)
    try await client.perform { connection in
      try connection.sendRequest("GET", "/")
      if inResponse {
        _ = try connection.readHead()
        _ = try connection.readLine()
      }
    }
    try await ollama.wait("the request has come") { $0.requests.count == 1 && $0.openConnections == 1 }
    #expect(ollama.snapshot.exchanges[0].isInProgress && ollama.snapshot.inProgressCount == 1)
    try await client.perform { departure == .reset ? $0.reset() : $0.close() }
    try await ollama.wait("the exchange has ended") { $0.openConnections == 0 && $0.inProgressCount == 0 }
    let exchange = ollama.snapshot.exchanges[0]
    #expect(exchange.ending == .peerLeft(departure, bytesSent: exchange.bytesSent) && exchange.peerLeft)
    #expect(inResponse == (exchange.bytesSent > 0))
  }

  @Test func aFloodCountsWhatThePeerTakes() async throws {
    let ollama = try ScriptedOllama(sendBuffer: 16384) { _ in .endless }
    defer { ollama.stop() }
    let client = try await TestClient.connect(.port(ollama.port), receiveBuffer: 16384)
    try await client.perform { try $0.sendRequest("GET", "/") }
    // A reader that does not read: the buffers fill up, and then nothing more goes.
    var last = -1
    try await eventually("the flood stands still") {
      let sent = ollama.snapshot.exchanges.first?.bytesSent ?? 0
      defer { last = sent }
      try await Task.sleep(for: .milliseconds(50))
      return sent > 0 && sent == last
    }
    #expect(last < 1 << 20)
    let read = try await client.perform { connection in
      _ = try connection.readHead()
      var read = 0
      while read < 8 << 20 { read += try connection.readBytes()?.count ?? 0 }
      return read
    }
    #expect(ollama.snapshot.exchanges[0].bytesSent >= read)
    try await client.perform { $0.close() }
    try await ollama.wait("the flood has ended") { $0.openConnections == 0 && $0.exchanges[0].peerLeft }
  }

  @Test func anUploadCanBeHeldUpAndGoOn() async throws {
    let ollama = try ScriptedOllama(receiveBuffer: 16384) { _ in
      .json("{}")
    } onHead: { _ in
      [
        .stopReading, .gate("read"), .readSlowly(4096, every: .milliseconds(1)), .gate("faster"),
        .readAtFullSpeed,
        .awaitBody, .response(200, [:], Array("done".utf8)),
      ]
    }
    defer { ollama.stop() }
    let body = [UInt8](repeating: 7, count: 8 << 20)
    let response = Task { try await TestClient.request(ollama.port, "POST", "/", body: body) }
    try await ollama.wait("the head has come") { $0.waiting(at: "read") == 1 }
    #expect(ollama.snapshot.exchanges[0].request.body.count < 1 << 20)
    ollama.open("read")
    try await ollama.wait("some of the body has come") { $0.exchanges[0].request.body.count > 100_000 }
    #expect(ollama.requests.isEmpty)
    ollama.open("faster")
    #expect(try await response.value.text == "done")
    #expect(ollama.requests.map(\.body.digest) == [ByteDigest(of: body)])
  }

  @Test func aResponseMayComeBeforeTheBodyIsRead() async throws {
    let ollama = try ScriptedOllama(receiveBuffer: 16384) { _ in
      .json("{}")
    } onHead: {
      $0.path == "/refused" ? .refuseBody(413, "too large") : nil
    }
    defer { ollama.stop() }
    let response = try await TestClient.run(ollama.port) { connection in
      try connection.send("POST /refused HTTP/1.1\r\nHost: h\r\nContent-Length: 100000000\r\n\r\nsome")
      let response = try connection.readResponse()
      #expect(try connection.waitUntilClosedByPeer() == .finished)
      return response
    }
    #expect(response.status == 413 && response.json["error"] == "too large")
    #expect(ollama.snapshot.exchanges[0].ending == .cut && ollama.requests.isEmpty)
    #expect(try await TestClient.post(ollama.port, "/", json: "{}").status == 200)
  }

  @Test(arguments: [Script.Cut.close, .reset])
  func aStaleConnectionEndsWhenTheNextRequestComes(_ cut: Script.Cut) async throws {
    let ollama = try ScriptedOllama { _ in .thenStale(.json("{}"), cut) }
    defer { ollama.stop() }
    try await TestClient.run(ollama.port) { connection in
      #expect(try connection.get("/1").status == 200)
      #expect(!connection.isClosedByPeer)
      try connection.sendRequest("GET", "/2")
      #expect(throws: TestClientError.self) { try connection.readResponse() }
      #expect(try connection.waitUntilClosedByPeer() == (cut == .reset ? .reset : .finished))
    }
    #expect(ollama.snapshot.exchanges.map(\.ending) == [.responded, .cut])
    #expect(ollama.snapshot.exchanges[1].bytesSent == 0)
  }

  @Test func idleConnectionsCanBeClosedAndAllBrokenOff() async throws {
    let ollama = try ScriptedOllama { $0.path == "/wait" ? .silent : .json("{}") }
    defer { ollama.stop() }
    let idle = try await TestClient.connect(ollama.port)
    let busy = try await TestClient.connect(ollama.port)
    _ = try await idle.perform { try $0.get("/") }
    try await busy.perform { try $0.sendRequest("GET", "/wait") }
    try await ollama.wait { $0.requests.count == 2 }
    ollama.closeIdleConnections()
    #expect(try await idle.perform { try $0.waitUntilClosedByPeer() } == .finished)
    #expect(ollama.snapshot.openConnections == 1)
    ollama.resetAllConnections()
    #expect(try await busy.perform { try $0.waitUntilClosedByPeer() } == .reset)
    #expect(ollama.snapshot.exchanges[1].ending == .stopped)
  }

  @Test func whatBreaksTheRulesIsNoted() async throws {
    let ollama = try ScriptedOllama()
    defer { ollama.stop() }
    let response = try await TestClient.run(ollama.port) { connection in
      try connection.send("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx")
      return try connection.readResponse()
    }
    #expect(response.status == 400 && ollama.requests.isEmpty)
    #expect(ollama.snapshot.violations.count == 1)
    _ = try await TestClient.run(ollama.port) { connection in
      try connection.send("GET / HTTP/1.1\r\n\r\n")
      return try connection.readResponse()
    }
    #expect(ollama.snapshot.violations.count == 2)
  }

  @Test func itComesBackOnItsPort() async throws {
    let first = try ScriptedOllama()
    let port = first.port
    let client = try await TestClient.connect(port)
    try await client.perform { try $0.send("GET / HT") }
    try await first.wait { $0.openConnections == 1 }
    first.stop()
    first.stop()
    _ = try await client.perform { try $0.waitUntilClosedByPeer() }
    await #expect(throws: TestClientError.self) { try await TestClient.get(port, "/") }
    let second = try ScriptedOllama(port: port)
    defer { second.stop() }
    #expect(try await TestClient.get(port, "/").text == "Ollama is running")
  }

  @Test func theRecordHasABound() async throws {
    let ollama = try ScriptedOllama(recordLimit: 10)
    defer { ollama.stop() }
    try await TestClient.run(ollama.port) { connection in
      for _ in 0..<95 { _ = try connection.get("/api/version") }
    }
    try await ollama.wait { $0.respondedCount == 95 }
    let snapshot = ollama.snapshot
    #expect(snapshot.requestCount == 95 && (10...20).contains(snapshot.exchanges.count))
    #expect(snapshot.exchanges.last?.request.number == 95 && snapshot.exchanges.last?.ending == .responded)
  }

  @Test func aWaitThatFailsTellsWhatHappened() async throws {
    let ollama = try ScriptedOllama()
    defer { ollama.stop() }
    _ = try await TestClient.get(ollama.port, "/api/version")
    let error = await #expect(throws: ConditionTimeout.self) {
      try await ollama.wait("a thing that never happens", within: .milliseconds(20)) { $0.requestCount == 2 }
    }
    let text = try #require(error).description
    #expect(text.contains("a thing that never happens") && text.contains("GET /api/version"))
  }
}
