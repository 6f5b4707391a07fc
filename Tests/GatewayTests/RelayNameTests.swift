import Configuration
import GatewayTesting
import Testing

/// An Ollama that is given by name: libcurl looks it up on a thread of its own, and hears of it by sockets of its own.
@Suite struct RelayNameTests {
  /// The sockets of one look-up have the numbers of those of the one before.
  @Test func aNameThatNobodyHasIsAnErrorEachTime() async throws {
    let url = try #require(OllamaURL("http://nobody.invalid:11434"))
    try await withGateway({
      $0.workers = 1
      $0.ollama = url
    }) { gateway, ollama in
      for _ in 0..<5 {
        let response = try await TestClient.get(gateway.port, "/api/version")
        #expect(response.status == 503)
      }
      let health = try await TestClient.get(gateway.port, "/health")
      #expect(health.status == 200)
      #expect(ollama.requests.isEmpty)
    }
  }
}
