import Configuration
import GatewayTesting
import Glibc
import Testing

/// What a client may do with one connection.
@Suite struct ConnectionTests {
  private static let chat = #"{"model":"tinyllama","messages":[{"role":"user","content":"Hi"}]}"#

  // MARK: Several requests

  @Test func pipelinedRequestsHaveTheirResponsesInOrder() async throws {
    try await withGateway({ $0.trustTheTest() }) { gateway, ollama in
      let requests = (0..<10).flatMap { number in
        switch number % 3 {
        case 0: TestClient.requestBytes("GET", "/api/tags", ["X-Request-Id": "r\(number)"])
        case 1: TestClient.requestBytes("POST", "/api/chat", ["X-Request-Id": "r\(number)"], json: Self.chat)
        default: TestClient.requestBytes("GET", "/health", ["X-Request-Id": "r\(number)"])
        }
      }
      let responses = try await TestClient.run(gateway.port) { connection in
        try connection.send(requests)
        return try (0..<10).map { _ in try connection.readResponse() }
      }
      #expect(responses.map { $0.headers["X-Request-Id"] } == (0..<10).map { "r\($0)" })
      #expect(responses.allSatisfy { $0.status == 200 })
      #expect(responses[1].framing == .chunked && responses[1].lines.count > 2)
      #expect(
        ollama.requests.map { $0.headers["X-Request-Id"] } == ["r0", "r1", "r3", "r4", "r6", "r7", "r9"])
    }
  }

  @Test func pipelinedRequestsInPieces() async throws {
    try await withGateway({ $0.trustTheTest() }) { gateway, _ in
      let requests = (0..<4).flatMap { number in
        TestClient.requestBytes("POST", "/api/chat", ["X-Request-Id": "r\(number)"], json: Self.chat)
      }
      let responses = try await TestClient.run(gateway.port) { connection in
        for start in stride(from: 0, to: requests.count, by: 97) {
          try connection.send(Array(requests[start..<min(start + 97, requests.count)]))
        }
        return try (0..<4).map { _ in try connection.readResponse() }
      }
      #expect(responses.map { $0.headers["X-Request-Id"] } == (0..<4).map { "r\($0)" })
      #expect(responses.allSatisfy { $0.status == 200 && $0.body == responses[0].body })
    }
  }

  @Test func aConnectionIsUsedAgain() async throws {
    try await withGateway { gateway, ollama in
      let statuses = try await TestClient.run(gateway.port) { connection in
        try (0..<50).map { number in
          switch number % 5 {
          case 0: try connection.get("/api/tags").status
          case 1: try connection.post("/api/chat", json: Self.chat).status
          case 2: try connection.get("/nowhere").status
          case 3: try connection.post("/api/chat", json: "no JSON").status
          default: try connection.get("/api/version").status
          }
        }
      }
      #expect(statuses == (0..<50).map { [200, 200, 404, 400, 200][$0 % 5] })
      // One at a time, so one connection to Ollama, too.
      #expect(ollama.snapshot.acceptedConnections == 1)
    }
  }

  @Test(arguments: ["close", "Close", "close, X-Something"])
  func aClientMayEndIt(_ value: String) async throws {
    try await withGateway { gateway, _ in
      let response = try await TestClient.run(gateway.port) { connection in
        let response = try connection.get("/api/tags", ["Connection": value])
        try connection.waitUntilClosedByPeer()
        return response
      }
      #expect(response.status == 200)
      #expect(response.isWhole)
    }
  }

  // MARK: HTTP/1.0

  @Test func http10EndsWithItsResponse() async throws {
    try await withGateway { gateway, _ in
      for path in ["/health", "/api/tags", "/nowhere"] {
        let response = try await TestClient.run(gateway.port) { connection in
          try connection.send("GET \(path) HTTP/1.0\r\n\r\n")
          let response = try connection.readResponse()
          try connection.waitUntilClosedByPeer()
          return response
        }
        #expect(response.status == (path == "/nowhere" ? 404 : 200))
        #expect(response.framing != .chunked)
      }
    }
  }

  @Test func http10WithKeepAlive() async throws {
    try await withGateway { gateway, _ in
      let statuses = try await TestClient.run(gateway.port) { connection in
        try (0..<3).map { _ in
          try connection.send("GET /api/tags HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
          let response = try connection.readResponse()
          #expect(response.headers["Connection"]?.lowercased() == "keep-alive")
          return response.status
        }
      }
      #expect(statuses == [200, 200, 200])
    }
  }

  /// HTTP/1.0 has no chunks: a stream ends with the connection.
  @Test("A stream to HTTP/1.0 ends with the connection") func http10Streams() async throws {
    try await withGateway { gateway, _ in
      for keepAlive in ["", "Connection: keep-alive\r\n"] {
        let response = try await TestClient.run(gateway.port) { connection in
          try connection.send(
            "POST /api/chat HTTP/1.0\r\n\(keepAlive)Content-Type: application/json\r\n"
              + "Content-Length: \(Self.chat.utf8.count)\r\n\r\n\(Self.chat)")
          return try connection.readResponse()
        }
        #expect(response.status == 200)
        #expect(response.framing == .untilClose)
        #expect(response.lines.last?.contains(#""done":true"#) == true)
      }
    }
  }

  /// As long as the operator says.
  @Test func aConnectionRestsForItsTime() async throws {
    try await withGateway({ $0.keepAliveTimeout = .milliseconds(100) }) { gateway, _ in
      let departure = try await TestClient.run(gateway.port) { connection in
        #expect(try connection.get("/health").status == 200)
        return try connection.waitUntilClosedByPeer()
      }
      #expect(departure == .finished)
    }
  }

  // MARK: HEAD

  @Test func headHasTheHeadOfGet() async throws {
    try await withGateway { gateway, ollama in
      for path in ["/api/tags", "/api/version", "/health", "/", "/nowhere"] {
        let (get, head, next) = try await TestClient.run(gateway.port) { connection in
          (try connection.get(path), try connection.request("HEAD", path), try connection.get("/health"))
        }
        #expect(head.status == get.status, "\(path)")
        #expect(head.body == [], "\(path)")
        #expect(head.headers["Content-Type"] == get.headers["Content-Type"], "\(path)")
        #expect(head.headers["Content-Length"] == get.headers["Content-Length"], "\(path)")
        #expect(next.status == 200, "the connection is as it was")
      }
      #expect(ollama.requests.filter { $0.method == "HEAD" }.map(\.path) == ["/api/tags", "/api/version"])
    }
  }

  /// Where GET would get chunks, HEAD does not get the last of them.
  @Test func headOfAStreamHasNoContent() async throws {
    let ollama = try ScriptedOllama { request in
      request.method == "HEAD" ? [.head(200, ["Transfer-Encoding": "chunked"])] : .chat(["Hi"])
    }
    try await withGateway(ollama: ollama) { gateway, _ in
      // Its history is large enough to go out in pieces.
      _ = try await ChatClient(gateway).send(
        "Hi" + String(repeating: " ", count: 100_000) + "!", session: "s")
      for path in ["/api/tags", "\(ChatClient.path)/sessions/s/stream", "\(ChatClient.path)/sessions/s"] {
        let exchange = try await RawExchange.send(
          "HEAD \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n", to: gateway.port)
        #expect(exchange.response?.status == 200, "\(path)")
        #expect(exchange.response?.headers["Transfer-Encoding"] == nil, "\(path)")
        #expect(exchange.response?.headers["Connection"] == "close", "\(path)")
        #expect(exchange.response?.body == [] && exchange.isClosed, "\(path)")
      }
    }
  }

  // MARK: Bodies

  @Test("A client that expects 100 gets it") func expectContinue() async throws {
    try await withGateway { gateway, ollama in
      let response = try await TestClient.run(gateway.port) { connection in
        try connection.send(
          "POST /api/chat HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
            + "Content-Length: \(Self.chat.utf8.count)\r\n\r\n")
        // The body goes out once the gateway has asked for it.
        #expect(try connection.receiveHead() == "HTTP/1.1 100 Continue\r\n\r\n")
        try connection.send(Self.chat)
        return try connection.readResponse()
      }
      #expect(response.status == 200)
      #expect(ollama.requests.map(\.text) == [Self.chat])
      #expect(ollama.requests[0].headers["Expect"] == nil)
    }
  }

  /// Who waits for 100 and gets an error sends no body; the next request is one.
  @Test func expectContinueRefused() async throws {
    try await withGateway { gateway, ollama in
      for path in ["/nowhere", "/api/pull"] {
        let exchange = try await RawExchange.send(
          "POST \(path) HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
          to: gateway.port)
        #expect(exchange.response?.status == (path == "/nowhere" ? 404 : 403))
        #expect(exchange.response?.interim == [])
        #expect(exchange.isClosed)
      }
      #expect(ollama.snapshot.requestCount == 0)
    }
  }

  @Test func chunkedBodiesSplitAtEveryByte() async throws {
    let chunks = stride(from: 0, to: Self.chat.utf8.count, by: 7).map { start -> String in
      let piece = String(Self.chat.dropFirst(start).prefix(7))
      return "\(String(piece.utf8.count, radix: 16))\r\n\(piece)\r\n"
    }
    let request = Array(
      ("POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        + "Transfer-Encoding: chunked\r\n\r\n\(chunks.joined())0\r\nX-Trailer: 1\r\n\r\n").utf8)
    try await withGateway { gateway, ollama in
      // In two pieces, at each place.
      let port = gateway.port
      for place in 1..<request.count {
        let (status, isClosed) = try await TestClient.run(port) { connection in
          try connection.send(Array(request[..<place]))
          try connection.send(Array(request[place...]))
          return (try connection.readResponse().status, try connection.waitUntilClosedByPeer() == .finished)
        }
        #expect(status == 200 && isClosed)
      }
      // And each byte on its own.
      let status = try await TestClient.run(port) { connection in
        for byte in request { try connection.send([byte]) }
        return try connection.readResponse().status
      }
      #expect(status == 200)
      #expect(ollama.requests.count == request.count)
      #expect(ollama.requests.allSatisfy { $0.text == Self.chat && $0.headers["X-Trailer"] == nil })
    }
  }

  /// A request that is refused after its body was sent leaves nothing behind.
  @Test func bodiesOfRefusedRequestsAreNoRequests() async throws {
    try await withGateway { gateway, ollama in
      let body = String(repeating: "GET /api/tags HTTP/1.1\r\nHost: localhost\r\n\r\n", count: 2000)
      for path in ["/nowhere", "/api/pull", "/api/tags"] {
        let statuses = try await TestClient.run(gateway.port) { connection in
          var statuses = [try connection.request("POST", path, [:], body: Array(body.utf8)).status]
          // The connection may go on, or not; if it does, with the next request.
          do {
            statuses.append(try connection.get("/health").status)
          } catch TestClientError.closed, TestClientError.cannotSend {}
          return statuses
        }
        #expect([404, 403, 405].contains(statuses[0]))
        #expect(statuses.count == 1 || statuses[1] == 200)
      }
      #expect(ollama.snapshot.requestCount == 0)
    }
  }

  // MARK: Paths

  @Test func aSlashAtTheEndMakesNoDifference() async throws {
    try await withGateway { gateway, ollama in
      for path in ["/health", "/api/tags", "/v1/models", "/api/v1/chat/models", "/api/v1/chat/sessions"] {
        let plain = try await TestClient.get(gateway.port, path)
        let slashed = try await TestClient.get(gateway.port, path + "/")
        #expect(plain.status == 200 && slashed.status == 200, "\(path)")
        #expect(plain.json.keys == slashed.json.keys)
      }
      let chat = try await TestClient.post(gateway.port, "/api/chat/?a=b", json: Self.chat)
      #expect(chat.status == 200)
      #expect(ollama.requests.last?.target == "/api/chat?a=b")
      #expect(ollama.requests.allSatisfy { !$0.path.hasSuffix("/") })
    }
  }
}

extension TestClient.Connection {
  /// Receives up to the end of a head, as it came.
  fileprivate func receiveHead() throws -> String {
    var text = ""
    while !text.hasSuffix("\r\n\r\n"), let bytes = try receiveBytes() {
      text += String(decoding: bytes, as: UTF8.self)
    }
    return text
  }
}
