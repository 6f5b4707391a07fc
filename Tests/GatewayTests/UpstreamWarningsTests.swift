import Configuration
import GatewayTesting
import Testing

/// What the log says of an Ollama that fails.
@Suite struct UpstreamWarningsTests {
  private func lines(_ gateway: RunningGateway, _ text: String) -> [Substring] {
    gateway.log.split(separator: "\n").filter { $0.contains(text) }
  }

  /// In the line of each request, and once as a warning.
  @Test func whyOllamaFailedReachesTheLog() async throws {
    let closed = try RelayClosedPort()
    let gateway = try await RunningGateway(ollama: closed.port)
    for path in ["/api/chat", "/v1/chat/completions", "/api/v1/chat"] {
      let response = try await TestClient.post(
        gateway.port, path, json: #"{"model":"m","message":"Hi","messages":[]}"#)
      #expect(response.status == 503)
    }
    try await eventually("all are logged", state: { gateway.log }) {
      lines(gateway, "access: request").count == 3
    }
    for line in lines(gateway, "access: request") {
      #expect(line.contains("upstream_error=\"unreachable: "), "\(line)")
      // libcurl's own words, which name the port.
      #expect(line.contains("\(closed.port)"), "\(line)")
    }
    let warnings = lines(gateway, "warning")
    // A slow machine may take longer than the pause between two.
    #expect(warnings.count >= 1 && warnings.count < 3)
    #expect(warnings.first?.contains("Ollama http://127.0.0.1:\(closed.port): unreachable: ") == true)
    await gateway.stop()
  }

  /// Where models of the cloud are refused, Ollama is asked for its models first.
  @Test("A request whose model nobody could look up says why in its line") func lookups() async throws {
    let closed = try RelayClosedPort()
    let gateway = try await RunningGateway(ollama: closed.port) { $0.allowCloudModels = false }
    for path in ["/api/chat", "/v1/chat/completions", "/api/v1/chat"] {
      let response = try await TestClient.post(
        gateway.port, path, json: #"{"model":"m","message":"Hi","messages":[]}"#)
      #expect(response.status == 503)
    }
    try await eventually("all are logged", state: { gateway.log }) {
      lines(gateway, "access: request").count == 3
    }
    for line in lines(gateway, "access: request") {
      #expect(line.contains(#"upstream_error="its list of models: unreachable: "#), "\(line)")
      #expect(line.contains("upstream=http://127.0.0.1:\(closed.port)"), "\(line)")
    }
    await gateway.stop()
  }

  @Test func aStreamThatEndsEarlyIsTold() async throws {
    let ollama = try ScriptedOllama { _ in RelayStream.chat.script(.chunk(RelayStream.chat.event), .endChunks)
    }
    try await withGateway(ollama: ollama) { gateway, _ in
      _ = try await RelayStream.chat.request(gateway.port)
      try await eventually("it is logged", state: { gateway.log }) {
        !lines(gateway, "access: request").isEmpty
      }
      #expect(lines(gateway, "access: request")[0].contains("upstream_error=\"the answer ended"))
    }
  }

  /// But not in Ollama's own words, which may repeat what somebody has said.
  @Test(arguments: [
    ("/api/chat", #"{"messages":[]}"#), ("/v1/chat/completions", #"{"stream":true}"#),
    ("/api/v1/chat", #"{"message":"Hi"}"#),
  ])
  func thatOllamaSaysSoItself(_ path: String, _ body: String) async throws {
    let scripts: [(script: Script, told: String)] = [
      (.error(500, "out of memory"), "it answers with status 500"),
      (
        RelayStream.chat.script(.chunk(RelayStream.chat.failure), .endChunks), "its answer tells of an error"
      ),
    ]
    for (script, told) in scripts {
      let ollama = try ScriptedOllama { _ in script }
      try await withGateway(ollama: ollama) { gateway, _ in
        _ = try await TestClient.post(gateway.port, path, json: body)
        try await eventually("it is logged", state: { gateway.log }) {
          !lines(gateway, "access: request").isEmpty
        }
        // Lines are no events of /v1.
        if path.hasPrefix("/v1"), script.steps.count > 1 { return }
        #expect(lines(gateway, "access: request")[0].contains("upstream_error=\"\(told)\""))
        #expect(lines(gateway, "warning").first?.contains(told) == true)
        #expect(!gateway.log.contains("out of memory"))
      }
    }
  }

  /// Of what is its client's fault nothing is said.
  @Test func nothingOfAnUnknownModel() async throws {
    let ollama = try ScriptedOllama { _ in .modelNotFound("m") }
    try await withGateway(ollama: ollama) { gateway, _ in
      for path in ["/api/chat", "/api/v1/chat"] {
        _ = try await TestClient.post(gateway.port, path, json: #"{"model":"m","message":"Hi"}"#)
      }
      try await eventually("both are logged", state: { gateway.log }) {
        lines(gateway, "access: request").count == 2
      }
      #expect(!gateway.log.contains("upstream_error") && lines(gateway, "warning").isEmpty)
    }
  }
}
