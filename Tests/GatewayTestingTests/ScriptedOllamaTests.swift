import GatewayTesting
import Testing

@Suite struct ScriptedOllamaTests {
  @Test func itAnswersAsOllamaByDefault() async throws {
    let ollama = try ScriptedOllama()
    defer { ollama.stop() }
    let answer = try await TestClient.get(ollama.port, "/api/version")
    #expect(answer.status == 200)
    #expect(answer.json["version"] == "0.9.3")
    #expect(answer.framing == .length(answer.body.count))
    let chat = try await TestClient.post(
      ollama.port, "/api/chat", json: #"{"model":"tinyllama","messages":[{"role":"user","content":"Hi"}]}"#)
    #expect(chat.headers["content-type"] == "application/x-ndjson")
    #expect(chat.lines.count == OllamaAnswers.defaultTokens.count + 1)
    #expect(chat.chunks.map { String(decoding: $0, as: UTF8.self) } == chat.lines.map { $0 + "\n" })
    #expect(ollama.requests.map(\.target) == ["/api/version", "/api/chat"])
    try await ollama.wait("both connections are closed") { $0.openConnections == 0 }
  }
}
