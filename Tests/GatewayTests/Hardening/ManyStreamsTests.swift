import Configuration
import GatewayTesting
import Testing

/// Many streams at once.
@Suite struct ManyStreamsTests {
  private static func request(_ variant: Int, _ path: String = "/api/chat") -> [UInt8] {
    TestClient.requestBytes(
      "POST", path,
      json: #"{"model":"m\#(variant)","stream":true,"messages":[{"role":"user","content":"Hi"}]}"#)
  }

  /// A thousand streams of 20 tokens a second: every byte of each arrives, in order, in its own stream.
  @Test func aThousandPacedStreams() async throws {
    // Eight that differ, so that a byte in the wrong stream is seen.
    let responses = (0..<8).map { variant in
      Script.chat((0..<40).map { "\(variant): token \($0) " }, model: "m\(variant)", every: .milliseconds(50))
    }
    let digests = try await digests(of: (0..<8).map { Self.request($0) }, from: responses)
    let ollama = try ScriptedOllama { request in
      responses[Int(request.json["model"].string?.dropFirst() ?? "") ?? 0]
    }
    try await withGateway(ollama: ollama) { gateway, ollama in
      let swarm = try StreamSwarm(gateway.port, count: 1000) { Self.request($0 % 8) }
      try await ollama.wait("a thousand go on at once") { $0.inProgressCount == 1000 || $0.endedCount > 0 }
      for outcome in try await swarm.finish(within: .seconds(300)) {
        #expect(outcome.isComplete && outcome.digest == digests[outcome.index % 8], "\(outcome)")
      }
      #expect(ollama.snapshot.respondedCount == 1000)
    }
  }

  /// The same at full speed, in every API's own form.
  @Test func everyFormAtFullSpeed() async throws {
    let tokens = (0..<200).map { "token \($0) " }
    let native = Script.chat(tokens)
    let openAI = Script.completions(tokens)
    let requests = [Self.request(0), Self.request(0, "/v1/chat/completions")]
    let digests = try await digests(of: requests, from: [native, openAI])
    let ollama = try ScriptedOllama { $0.path == "/api/chat" ? native : openAI }
    try await withGateway(ollama: ollama) { gateway, _ in
      let swarm = try StreamSwarm(gateway.port, count: 600, concurrency: 60, reusesConnections: true) {
        requests[$0 % 2]
      }
      for outcome in try await swarm.finish(within: .seconds(300)) {
        #expect(outcome.isComplete && outcome.digest == digests[outcome.index % 2], "\(outcome)")
      }
    }
  }

  /// Where many connections are suspended, ends of streams wait for each other: each comes, and its connection serves the
  /// next request.
  @Test func endsOfManyStreams() async throws {
    let response = Script.chat((0..<10).map { "token \($0) " }, model: "m0", every: .milliseconds(30))
    let digest = try #require(try await digests(of: [Self.request(0)], from: [response]).first)
    let ollama = try ScriptedOllama { _ in response }
    try await withGateway(ollama: ollama) {
      $0.workers = 1
    } _: { gateway, ollama in
      let swarm = try StreamSwarm(gateway.port, count: 900, concurrency: 300, reusesConnections: true) { _ in
        Self.request(0)
      }
      try await ollama.wait("they go on at once") { $0.inProgressCount >= 200 || $0.endedCount > 0 }
      for outcome in try await swarm.finish(within: .seconds(300)) {
        #expect(outcome.isComplete && outcome.digest == digest, "\(outcome)")
      }
      #expect(ollama.snapshot.respondedCount == 900)
    }
  }

  /// What clients of Ollama itself would get.
  private func digests(of requests: [[UInt8]], from responses: [Script]) async throws -> [ByteDigest] {
    var digests: [ByteDigest] = []
    for (request, response) in zip(requests, responses) {
      let ollama = try ScriptedOllama { _ in response }
      defer { ollama.stop() }
      let body = try await TestClient.run(ollama.port) { connection in
        try connection.send(request)
        return try connection.readResponse().body
      }
      digests.append(ByteDigest(of: body))
    }
    return digests
  }
}
