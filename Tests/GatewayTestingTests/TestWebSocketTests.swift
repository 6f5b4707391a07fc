import GatewayTesting
import Testing

@Suite struct TestWebSocketTests {
  private static let accepted: Script.Step = .head(
    101, ["Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": TestWebSocket.accept])

  /// A server that shakes hands and then sends these bytes.
  private func server(_ bytes: [UInt8], _ rest: Script.Step = .silence) throws -> ScriptedOllama {
    try ScriptedOllama { _ in [Self.accepted, .bytes(bytes), rest] }
  }

  @Test func messagesComeWholeWhereverTheyAreCut() async throws {
    let bytes: [UInt8] = [1, 3] + Array("Hel".utf8) + [0x89, 1, 0x21] + [0x80, 2] + Array("lo".utf8)
    let long = String(repeating: "é", count: 40_000)
    let frame = [0x81, 127, 0, 0, 0, 0] + [0, 1, 0x38, 0x80] + Array(long.utf8)
    let ollama = try ScriptedOllama { _ in
      Script(
        [Self.accepted] + (bytes + frame).prefix(40).map { .bytes([$0]) } + [
          .bytes(Array((bytes + frame).dropFirst(40))), .bytes([0x88, 2, 3, 232]), .silence,
        ])
    }
    defer { ollama.stop() }
    let socket = try await TestWebSocket.connect(ollama.port)
    #expect(try await socket.receive() == .ping([0x21]))
    #expect(try await socket.receive() == .text("Hello"))
    #expect(try await socket.receive() == .text(long))
    #expect(try await socket.receive() == .close(1000, ""))
  }

  @Test func theEndIsToldAsOftenAsAsked() async throws {
    let ollama = try server([], .close)
    defer { ollama.stop() }
    let socket = try await TestWebSocket.connect(ollama.port)
    #expect(try await socket.receive() == .end(.finished))
    #expect(try await socket.receive() == .end(.finished))
  }

  @Test(
    arguments: [
      [0x81, 0x80, 1, 2, 3, 4], [0xc1, 0], [0x83, 0], [0x80, 0], [0x01, 0, 0x01, 0], [0x81, 126, 0, 5],
      [0x09, 0], [0x88, 1, 3], [0x81, 1, 0xff],
    ] as [[UInt8]])
  func aServerThatBreaksTheRulesIsCaught(bytes: [UInt8]) async throws {
    let ollama = try server(bytes)
    defer { ollama.stop() }
    let socket = try await TestWebSocket.connect(ollama.port)
    await #expect(throws: TestWebSocketError.self) { try await socket.receive() }
  }

  @Test("A refused handshake is told with its response") func refusals() async throws {
    let ollama = try ScriptedOllama { _ in .text("no", status: 403) }
    defer { ollama.stop() }
    do {
      _ = try await TestWebSocket.connect(ollama.port)
      Issue.record("not refused")
    } catch TestWebSocketError.refused(let head) {
      #expect(head.hasPrefix("HTTP/1.1 403 "))
    }
    let refusing = try RefusingPort()
    await #expect(throws: TestWebSocketError.self) { try await TestWebSocket.connect(refusing.port) }
  }

  @Test func silenceEndsTheWaiting() async throws {
    let ollama = try server([])
    defer { ollama.stop() }
    let socket = try await TestWebSocket.connect(ollama.port)
    await #expect(throws: TestWebSocketError.timedOut("a message")) {
      try await socket.receive(within: .milliseconds(20))
    }
  }

  @Test func killingResetsAndSilenceDoesNot() async throws {
    let ollama = try server([])
    defer { ollama.stop() }
    let killed = try await TestWebSocket.connect(ollama.port)
    let silent = try await TestWebSocket.connect(ollama.port)
    await silent.fallSilent()
    await killed.kill()
    try await ollama.wait("one has left") { $0.endedCount == 1 }
    #expect(ollama.snapshot.openConnections == 1)
    #expect(try await silent.receive() == .end(.finished))
  }
}
