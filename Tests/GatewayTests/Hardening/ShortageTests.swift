import GatewayTesting
import Testing

/// A gateway to which libcurl and the kernel refuse memory: one request fails, and all others go on.
@Suite(.serialized) struct ShortageTests {
  private static let stream = RelayStream.chat

  @Test(arguments: [Shortage.Kind.transfer, .handle, .upstreamWatch])
  func oneRequestIsRefused(_ kind: Shortage.Kind) async throws {
    try await withShortage(kind) { port, _ in
      var statuses: Set<Int> = []
      for _ in 0..<6 {
        let response = try await TestClient.get(port, "/api/tags")
        statuses.insert(response.status)
        if response.status == 503 { #expect(response.headers["Retry-After"] != nil) }
      }
      // A handle that may be used again needs no memory.
      #expect(kind == .handle ? statuses.isSubset(of: [200, 503]) : statuses == [503])
    }
  }

  /// libcurl reads the URL by itself, if it can.
  @Test func aURLCannotBeRead() async throws {
    try await withShortage(.url) { port, _ in
      for _ in 0..<6 {
        let response = try await TestClient.get(port, "/api/tags?a=b")
        #expect([200, 502, 503].contains(response.status))
      }
    }
  }

  /// Whoever cannot be watched is closed, or served without.
  @Test func clientsMayBeClosed() async throws {
    try await withShortage(.clientWatch) { port, _ in
      for _ in 0..<6 {
        let response = try? await TestClient.get(port, "/api/tags")
        #expect(response == nil || response?.status == 200 || response?.status == 503)
      }
    }
  }

  /// Runs `body` during a shortage, in which a stream is under way; after it all is as before.
  private func withShortage(
    _ kind: Shortage.Kind, _ body: (UInt16, ScriptedOllama) async throws -> Void
  ) async throws {
    let ollama = try ScriptedOllama { request in
      request.path == Self.stream.path
        ? Self.stream.script(
          .chunk(Self.stream.event), .gate("end"), .chunk(Self.stream.mark), .endChunks)
        : .json(#"{"models":[]}"#)
    }
    defer { ollama.stop() }
    let shortage = try Shortage(ollama: ollama.port)
    let gateway = try await GatewayProcess.start(ollama: ollama.port, before: shortage.commands)
    for _ in 0..<4 {
      let response = try await TestClient.get(gateway.port, "/api/tags")
      #expect(response.status == 200)
    }
    let port = gateway.port
    async let streamed = Self.stream.request(port)
    try await ollama.wait("the stream is under way") { $0.waiting(at: "end") == 1 }
    ollama.closeIdleConnections()
    try await ollama.wait("its connection is the only one") { $0.openConnections == 1 }
    shortage.begin(kind)
    try await body(gateway.port, ollama)
    shortage.end(kind)
    for _ in 0..<6 {
      let response = try await TestClient.get(gateway.port, "/api/tags")
      #expect(response.status == 200)
    }
    ollama.open("end")
    let response = try await streamed
    #expect(response.text == Self.stream.event + Self.stream.mark)
    #expect(try await gateway.stop() == 0, "\(gateway.errors)")
  }
}
