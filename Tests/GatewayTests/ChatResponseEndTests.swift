import Configuration
import GatewayTesting
import Testing

@testable import Handling

/// Ollamas that have said the last line of a generation, and do not end their response.
@Suite struct ChatResponseEndTests {
  private static let lines: Script = [
    .streamHead(), .chunk(OllamaWire.chatLine(model: "m", "Hello")),
    .chunk(OllamaWire.chatEnd(model: "m", evalCount: 1) + "\n"),
  ]

  /// Silent ones, and one that goes on and on with lines that nobody reads.
  @Test("A response that does not end is given up", arguments: [false, true])
  func anEndlessResponse(isSilent: Bool) async throws {
    let line = OllamaWire.chatLine(model: "m", "more")
    let rest: Script =
      isSilent
      ? [.gate("never")] : [.repeatChunks(1_000_000, every: .milliseconds(1)) { _ in line }, .endChunks]
    let ollama = try ScriptedOllama { _ in Self.lines + rest }
    try await withGateway(ollama: ollama, intervals: Intervals(responseEnd: .milliseconds(50))) {
      gateway, ollama in
      let stream = try await ChatClient(gateway).stream()
      #expect(stream.shape == ["stream_start", "stream_chunk", "stream_end"])
      #expect(stream.streamedText == "Hello")
      try await ollama.wait("the response is given up") {
        $0.exchanges(for: "/api/chat").allSatisfy(\.peerLeft)
      }
      try await eventually("the operator is told", state: { gateway.log }) {
        gateway.log.contains("the answer did not end after its mark of success")
      }
    }
  }

  /// One that ends in time keeps its connection, and nobody is told of anything.
  @Test func aLateEndKeepsTheConnection() async throws {
    let ollama = try ScriptedOllama { request in
      Self.lines + [.gate(request.json["messages"][0]["content"].string ?? ""), .endChunks]
    }
    try await withGateway(
      ollama: ollama, intervals: Intervals(responseEnd: .seconds(600)), { $0.workers = 1 }
    ) { gateway, ollama in
      for count in 1...3 {
        let message = "\(count)"
        #expect(try await ChatClient(gateway).send(message).json["response"] == "Hello")
        try await ollama.wait("the end waits") { $0.waiting(at: message) == 1 }
        ollama.open(message)
        try await ollama.wait("the response has ended") { $0.respondedCount == count }
        // The gateway's loop has seen that when it has served this, for which it asks nobody.
        #expect(try await TestClient.get(gateway.port, "/openapi.json").status == 200)
      }
      #expect(ollama.snapshot.acceptedConnections == 1)
      #expect(!gateway.log.contains("did not end"))
    }
  }
}
