import Glibc
import Testing

@testable import GatewayTesting

@Suite struct TestClientTests {
  @Test func chunksLinesAndEventsComeOneByOne() async throws {
    let ollama = try ScriptedOllama { request in
      switch request.path {
      case "/chunks": .stream(["ab", "c\nd", "e\nf"])
      default:
        .stream(
          [
            "event: a\nid: 1:2\nda", "ta: {\"x\":1}\n", "data: second\n\n: ping\n\nretry: 5\n",
            "data:\n\nlost",
          ],
          type: "text/event-stream")
      }
    }
    defer { ollama.stop() }
    try await TestClient.run(ollama.port) { connection in
      try connection.sendRequest("GET", "/chunks")
      #expect(try connection.readHead().framing == .chunked)
      #expect(try connection.readChunk() == Array("ab".utf8))
      #expect(try connection.readChunk() == Array("c\nd".utf8))
      #expect(try connection.readChunk() == Array("e\nf".utf8))
      #expect(try connection.readChunk() == nil)
      try connection.sendRequest("GET", "/chunks")
      _ = try connection.readHead()
      #expect(try connection.readLine() == "abc")
      #expect(try connection.readBody() == Array("de\nf".utf8))
      try connection.sendRequest("GET", "/events")
      _ = try connection.readHead()
      #expect(
        try connection.readEvent() == TestClient.Event(type: "a", data: "{\"x\":1}\nsecond", id: "1:2"))
      #expect(try connection.readEvent() == TestClient.Event(comments: [" ping"]))
      #expect(try connection.readEvent() == TestClient.Event(data: "", retry: "5"))
      #expect(try connection.readEvent() == nil)
      let whole = try connection.get("/events")
      #expect(whole.events.count == 3 && whole.lines.last == "lost")
    }
  }

  @Test func theRawBytesOfEachResponseAreItsOwn() async throws {
    let ollama = try ScriptedOllama { .text($0.path) }
    defer { ollama.stop() }
    try await TestClient.run(ollama.port) { connection in
      for path in ["/one", "/two"] { try connection.sendRequest("GET", path) }
      let raw = try (0..<2).map { _ in String(decoding: try connection.readResponse().raw, as: UTF8.self) }
      #expect(raw[0].hasPrefix("HTTP/1.1 200 OK\r\n") && raw[0].hasSuffix("\r\n\r\n/one"))
      #expect(raw[1].hasPrefix("HTTP/1.1 200 OK\r\n") && raw[1].hasSuffix("\r\n\r\n/two"))
    }
  }

  @Test func aBodyUntilTheEndOfTheStreamIsWholeUnlessItIsBrokenOff() async throws {
    let ollama = try ScriptedOllama { request in
      [.head(200), .text("all of it"), .gate("end"), request.path == "/reset" ? .reset : .close]
    }
    defer { ollama.stop() }
    ollama.open("end")
    let response = try await TestClient.get(ollama.port, "/")
    #expect(response.framing == .untilClose && response.text == "all of it" && response.isWhole)
    await #expect(throws: TestClientError.self) { try await TestClient.get(ollama.port, "/reset") }
  }

  @Test func aSilentPeerTimesOut() async throws {
    let ollama = try ScriptedOllama { _ in .silent }
    defer { ollama.stop() }
    let error = await #expect(throws: TestClientError.self) {
      try await TestClient.run(ollama.port, timeout: .milliseconds(20)) { try $0.get("/") }
    }
    guard case .timedOut = error else {
      Issue.record("not timed out: \(String(describing: error))")
      return
    }
  }

  @Test func aRefusedConnectionIsAnError() async throws {
    let refusing = try RefusingPort()
    let error = await #expect(throws: TestClientError.self) { try await TestClient.get(refusing.port, "/") }
    guard case .cannotConnect = error else {
      Issue.record("connected: \(String(describing: error))")
      return
    }
  }

  @Test func anUnansweredPortLetsNobodyIn() async throws {
    let unanswered = try UnansweredPort()
    let error = await #expect(throws: TestClientError.self) {
      try await TestClient.run(unanswered.port, timeout: .milliseconds(50)) { _ in }
    }
    guard case .timedOut = error else {
      Issue.record("not timed out: \(String(describing: error))")
      return
    }
  }

  @Test func itTalksOverAUNIXSocket() async throws {
    let path = "/tmp/gateway-testing-\(getpid())-\(UInt32.random(in: 0 ... .max)).socket"
    let listener = try Sockets.listen(.unix(path: path), backlog: 1, receiveBuffer: nil, sendBuffer: nil)
    defer {
      close(listener)
      unlink(path)
    }
    let client = try await TestClient.connect(.unix(path))
    let descriptor = try #require(try Sockets.accept(listener))
    let response = Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".utf8)
    _ = response.withUnsafeBytes { Sockets.send(descriptor, $0) }
    close(descriptor)
    #expect(try await client.perform { try $0.readResponse().text } == "ok")
  }

  @Test func manyClientsBlockWithoutHoldingUpTheTests() async throws {
    let ollama = try ScriptedOllama { _ in [.gate("all"), .response(200, [:], [])] }
    defer { ollama.stop() }
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<50 { group.addTask { try await TestClient.get(ollama.port, "/").status } }
      try await ollama.wait("all wait at once") { $0.waiting(at: "all") == 50 }
      ollama.open("all")
      for try await status in group { #expect(status == 200) }
    }
  }
}
