import Configuration
import GatewayTesting
import System
import Testing

/// Bodies that are passed on while they come.
@Suite struct UploadTests {
  private static let path = "/api/blobs/sha256:" + String(repeating: "0", count: 64)

  private static let created: Script = [.head(201, ["Content-Length": "0"])]

  private static let pattern = (0..<1 << 16).map { UInt8(truncatingIfNeeded: $0 &* 31) }

  /// A piece that differs from those before and behind it.
  private static func piece(_ number: Int, _ size: Int = 1 << 16) -> [UInt8] {
    var piece = Array(pattern.prefix(size))
    piece[0] = UInt8(truncatingIfNeeded: number)
    piece[1] = UInt8(truncatingIfNeeded: number >> 8)
    return piece
  }

  /// 64 MiB, with a length and in chunks: whole and in order at Ollama.
  @Test("Large uploads arrive whole", arguments: [true, false])
  func largeUploads(_ isChunked: Bool) async throws {
    let ollama = try ScriptedOllama(bodyLimit: 0) { _ in Self.created }
    try await withGateway(ollama: ollama) {
      $0.allowModelManagement = true
      // Uploads have no limit.
      $0.maxBodyBytes = 1 << 20
    } _: { gateway, ollama in
      let (response, digest) = try await TestClient.run(gateway.port) { connection in
        let headers: TestHeaders =
          isChunked ? ["Transfer-Encoding": "chunked"] : ["Content-Length": "\(64 << 20)"]
        try connection.sendRequest("POST", Self.path, headers)
        var digest = ByteDigest()
        for number in 0..<1024 {
          let piece = Self.piece(number)
          digest.update(piece)
          if isChunked { try connection.sendChunk(piece) } else { try connection.send(piece) }
        }
        if isChunked { try connection.endChunks() }
        return (try connection.readResponse(), digest)
      }
      #expect(response.status == 201)
      let request = try #require(ollama.requests.first)
      #expect(request.body.digest == digest)
      #expect(request.path == Self.path)
      #expect(request.headers["Content-Length"] == (isChunked ? nil : "\(64 << 20)"))
    }
  }

  /// Ollama stops reading, so the gateway stops reading, so the client stops sending. When Ollama goes on, so do all.
  @Test("An upload is no faster than Ollama reads") func backPressure() async throws {
    let ollama = try ScriptedOllama(receiveBuffer: 16 * 1024, bodyLimit: 0) { _ in Self.created }
    ollama.onHead { _ in [.stopReading, .gate("read"), .readAtFullSpeed, .awaitBody] + Self.created }
    try await withGateway(ollama: ollama) {
      $0.workers = 1
      $0.allowModelManagement = true
    } _: { gateway, ollama in
      let total = 128 << 20
      let sent = Lock(0)
      async let response = TestClient.run(gateway.port, timeout: .seconds(120)) { connection in
        try connection.sendRequest("POST", Self.path, ["Content-Length": "\(total)"])
        let piece = Self.piece(0)
        for _ in 0..<total / piece.count {
          try connection.send(piece)
          sent.withLock { $0 += piece.count }
        }
        return try connection.readResponse()
      }
      try await ollama.wait("the upload has begun") { $0.waiting(at: "read") == 1 }
      // Others on the same loop go on all the while.
      var before = -1
      while before != sent.withLock({ $0 }) {
        before = sent.withLock { $0 }
        for _ in 0..<20 {
          let health = try await TestClient.get(gateway.port, "/health")
          #expect(health.status == 200)
        }
      }
      // The rest of it is with the client still.
      #expect(before < total / 2)
      ollama.open("read")
      #expect(try await response.status == 201)
      #expect(ollama.snapshot.exchanges.first?.request.body.count == total)
    }
  }

  /// The client breaks off: Ollama must not take half a body for a whole one.
  @Test(
    "An upload that breaks off is not taken for whole", arguments: [true, false],
    [Departure.finished, .reset])
  func brokenOff(_ isChunked: Bool, _ departure: Departure) async throws {
    try await withGateway {
      $0.allowModelManagement = true
    } _: { gateway, ollama in
      let headers: TestHeaders = isChunked ? ["Transfer-Encoding": "chunked"] : ["Content-Length": "1000000"]
      let client = try await TestClient.connect(gateway.port)
      try await client.perform { connection in
        try connection.sendRequest("POST", Self.path, headers)
        if isChunked { try connection.sendChunk("hello") } else { try connection.send("hello") }
      }
      try await ollama.wait("some of it is at Ollama") { $0.exchanges.first?.request.body.count == 5 }
      try await client.perform { departure == .reset ? $0.reset() : $0.close() }
      try await ollama.wait("the upload has ended") { $0.endedCount == 1 && $0.openConnections == 0 }
      #expect(ollama.requests.isEmpty, "no body was whole")
    }
  }

  /// The client breaks off while it waits for Ollama to go on reading, with more of the body in the socket than the gateway
  /// has read: connection, request and descriptor are given back.
  @Test(arguments: [true, false])
  func brokenOffWhilePaused(_ isChunked: Bool) async throws {
    let ollama = try ScriptedOllama(receiveBuffer: 16 * 1024, bodyLimit: 0) { _ in Self.created }
    ollama.onHead { _ in [.stopReading, .gate("read"), .readAtFullSpeed, .awaitBody] }
    try await withGateway(ollama: ollama) {
      $0.workers = 1
      $0.allowModelManagement = true
    } _: { gateway, ollama in
      for number in 1...3 {
        let headers: TestHeaders =
          isChunked ? ["Transfer-Encoding": "chunked"] : ["Content-Length": "\(128 << 20)"]
        let client = try await TestClient.connect(gateway.port)
        try await client.perform { connection in
          try connection.sendRequest("POST", Self.path, headers)
          let piece = Self.piece(0, 4096)
          // Until the gateway, and so the socket, takes no more.
          while connection.takesBytes(within: .milliseconds(300)) {
            if isChunked { try connection.sendChunk(piece) } else { try connection.send(piece) }
          }
          // The end of a connection that is closed in order would wait behind what has not been sent.
          connection.reset()
        }
        try await eventually("it is logged as left", state: { gateway.log }) {
          gateway.log.ranges(of: "status=499").count == number
        }
      }
      let figures = try await TestClient.get(gateway.port, "/metrics").text
      #expect(figures.contains("ollama_gateway_client_connections 1\n"), "\(figures)")
      ollama.open("read")
      // Metrics may have asked Ollama for its version meanwhile, by a connection that stays.
      try await ollama.wait("its uploads have ended") {
        $0.exchanges(for: Self.path).count == 3 && $0.exchanges(for: Self.path).allSatisfy(\.peerLeft)
      }
    }
  }

  /// Ollama has responded, and reads no more of the body: the client's pause ends, and its response comes behind the body.
  @Test func responseWhilePaused() async throws {
    let ollama = try ScriptedOllama(receiveBuffer: 16 * 1024, bodyLimit: 0) { _ in Self.created }
    ollama.onHead { _ in [.stopReading, .gate("response")] + Self.created + [.close] }
    try await withGateway(ollama: ollama) {
      $0.workers = 1
      $0.allowModelManagement = true
    } _: { gateway, ollama in
      let total = 64 << 20
      let status = try await TestClient.run(gateway.port, timeout: .seconds(120)) { connection in
        try connection.sendRequest("POST", Self.path, ["Content-Length": "\(total)"])
        let piece = Self.piece(0, 4096)
        var sent = 0
        while connection.takesBytes(within: .milliseconds(300)) {
          try connection.send(piece)
          sent += piece.count
        }
        ollama.open("response")
        while sent < total {
          // Where the gateway still read, Ollama has closed under its bytes: then it breaks off, and its response is there.
          do { try connection.send(Array(piece.prefix(total - sent))) } catch TestClientError.cannotSend {
            break
          }
          sent += piece.count
        }
        return try connection.readResponse().status
      }
      #expect(status == 201 || status == 502)
    }
  }

  /// Ollama refuses before it has read the body: the client gets to know, whether it goes on sending or waits.
  @Test("A refusal before the body's end reaches the client", arguments: [400, 403, 500])
  func refusedEarly(_ status: Int) async throws {
    try await withGateway {
      $0.allowModelManagement = true
    } _: { gateway, ollama in
      ollama.onHead { _ in .refuseBody(status, "digest mismatch") }
      let waiting = try await TestClient.run(gateway.port) { connection in
        try connection.sendRequest("POST", Self.path, ["Content-Length": "100000000"])
        try connection.send(Self.piece(0))
        return try connection.readResponse()
      }
      #expect(waiting.status == status)
      #expect(waiting.json["error"].string?.contains("digest mismatch") == true)
      let sending = try await TestClient.run(gateway.port) { connection in
        try connection.sendRequest("POST", Self.path, ["Content-Length": "100000000"])
        // Until the gateway breaks off, or all is sent.
        for number in 0..<1526 {
          do { try connection.send(Self.piece(number)) } catch TestClientError.cannotSend { break }
          if connection.isClosedByPeer { break }
        }
        return try connection.readResponse()
      }
      #expect(sending.status == status)
    }
  }

  /// A response before the end of the body that is no refusal waits for that end.
  @Test("A response before the body's end waits for that end") func earlyResponse() async throws {
    try await withGateway {
      $0.allowModelManagement = true
    } _: { gateway, ollama in
      ollama.onHead { _ in Self.created + [.awaitBody] }
      let statuses = try await TestClient.run(gateway.port) { connection in
        try connection.sendRequest("POST", Self.path, ["Content-Length": "200000"])
        for _ in 0..<4 { try connection.send(Self.piece(0, 50_000)) }
        let first = try connection.readResponse().status
        return (first, try connection.get("/health").status)
      }
      #expect(statuses == (201, 200))
    }
  }

  @Test("An upload that expects 100 gets it") func expectContinue() async throws {
    try await withGateway {
      $0.allowModelManagement = true
    } _: { gateway, ollama in
      let body = Self.piece(1) + Self.piece(2)
      let response = try await TestClient.run(gateway.port) { connection in
        try connection.sendRequest(
          "POST", Self.path, ["Content-Length": "\(body.count)", "Expect": "100-continue"])
        // 100 comes before the body is sent.
        var interim = ""
        while !interim.hasSuffix("\r\n\r\n"), let bytes = try connection.receiveBytes() {
          interim += String(decoding: bytes, as: UTF8.self)
        }
        #expect(interim == "HTTP/1.1 100 Continue\r\n\r\n")
        try connection.send(body)
        return try connection.readResponse()
      }
      #expect(response.status == 201)
      #expect(ollama.requests.first?.body.digest == ByteDigest(of: body))
    }
  }

  /// A chunked upload that breaks the rules in its midst.
  @Test func badChunksInMidUpload() async throws {
    try await withGateway {
      $0.allowModelManagement = true
    } _: { gateway, ollama in
      let exchange = try await RawExchange.send(
        "POST \(Self.path) HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n"
          + RefusedHeadTests.hidden, to: gateway.port)
      #expect(exchange.isClosed)
      #expect(exchange.response == nil || exchange.response?.status == 400)
      try await ollama.wait("nothing is left of it") { $0.inProgressCount == 0 && $0.openConnections == 0 }
      #expect(ollama.requests.isEmpty)
    }
  }

  /// Ollama is not there: said at once, whatever the size.
  @Test("An upload is refused at once where Ollama is not there") func unreachable() async throws {
    let refusing = try RefusingPort()
    try await withGateway {
      $0.allowModelManagement = true
      $0.ollama = OllamaURL("http://127.0.0.1:\(refusing.port)")!
    } _: { gateway, _ in
      let response = try await TestClient.run(gateway.port) { connection in
        try connection.sendRequest("POST", Self.path, ["Content-Length": "100000000"])
        try connection.send(Self.piece(0))
        return try connection.readResponse()
      }
      #expect(response.status == 503)
      #expect(response.headers["Retry-After"] != nil)
    }
  }
}
