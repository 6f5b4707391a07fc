import Configuration
import GatewayTesting
import Testing

/// W3C Trace Context: taken over or made, passed on, and logged.
@Suite(.serialized) struct TraceTests {
  private static let trace = "0af7651916cd43dd8448eb211c80319c"
  private static let traceparent = "00-\(trace)-b7ad6b7169203331-01"

  private static func parts(_ traceparent: String?) -> [String] {
    traceparent.map { $0.split(separator: "-").map(String.init) } ?? []
  }

  @Test func aClientsTraceGoesOn() async throws {
    try await withGateway { gateway, ollama in
      let response = try await TestClient.get(
        gateway.port, "/api/tags",
        ["traceparent": Self.traceparent, "tracestate": "a=b,c=d", "TraceState": "e=f"])
      let seen = try #require(ollama.requests.last).headers
      let parts = Self.parts(seen["traceparent"])
      try #require(parts.count == 4)
      #expect(parts[0] == "00" && parts[1] == Self.trace && parts[3] == "01")
      #expect(parts[2] != "b7ad6b7169203331" && parts[2].utf8.count == 16)
      #expect(seen.values(of: "traceparent").count == 1)
      #expect(seen.values(of: "tracestate") == ["a=b,c=d", "e=f"])
      // One trace may have many requests.
      let id = try #require(response.headers["X-Request-Id"])
      #expect(id != Self.trace)
      try await eventually("the trace is logged", state: { gateway.log }) {
        gateway.log.contains("request_id=\(id) trace_id=\(Self.trace) ")
      }
    }
  }

  @Test(arguments: [
    [], ["00-\(trace)-b7ad6b7169203331"], ["00-00000000000000000000000000000000-b7ad6b7169203331-01"],
    ["ff-\(trace)-b7ad6b7169203331-01"], [traceparent, traceparent], [traceparent, "x"],
  ])
  func otherwiseOneIsMade(traceparents: [String]) async throws {
    try await withGateway { gateway, ollama in
      var headers: TestHeaders = ["tracestate": "a=b"]
      for traceparent in traceparents { headers.add("traceparent", traceparent) }
      let first = try await TestClient.get(gateway.port, "/api/tags", headers)
      let second = try await TestClient.get(gateway.port, "/api/tags", headers)
      let made = ollama.requests.map { Self.parts($0.headers["traceparent"]) }
      try #require(made.count == 2 && made.allSatisfy { $0.count == 4 })
      #expect(made.allSatisfy { $0[1] != Self.trace && $0[1].utf8.count == 32 && $0[3] == "00" })
      #expect(made[0][1] != made[1][1] && made[0][2] != made[1][2])
      // The request's own id is the trace's.
      #expect(made.map { $0[1] } == [first, second].compactMap { $0.headers["X-Request-Id"] })
      #expect(ollama.requests.allSatisfy { $0.headers["tracestate"] == nil })
    }
  }

  @Test func aStateOverItsBoundsStops() async throws {
    try await withGateway { gateway, ollama in
      let state = String(repeating: "a=bcdefg,", count: 20)
      for count in [2, 3] {
        var headers: TestHeaders = ["traceparent": Self.traceparent]
        for _ in 0..<count { headers.add("tracestate", state) }
        _ = try await TestClient.get(gateway.port, "/api/tags", headers)
      }
      let seen = ollama.requests.map { $0.headers }
      #expect(seen.allSatisfy { Self.parts($0["traceparent"]).dropFirst().first == Self.trace })
      #expect(seen.map { $0.values(of: "tracestate").count } == [0, 0])
    }
  }

  /// What Ollama is asked for a chat is part of the chat's trace.
  @Test func aChatsTurnIsPartOfItsTrace() async throws {
    try await withGateway { gateway, ollama in
      let response = try await TestClient.post(
        gateway.port, "/api/v1/chat", json: #"{"message":"Hi"}"#,
        ["traceparent": Self.traceparent, "tracestate": "a=b"])
      #expect(response.status == 200)
      let seen = try #require(ollama.requests.last)
      #expect(seen.path == "/api/chat")
      #expect(Self.parts(seen.headers["traceparent"]).dropFirst().first == Self.trace)
      #expect(seen.headers["tracestate"] == "a=b")
    }
  }

  /// All that is asked by one WebSocket is part of the trace of the request that opened it.
  @Test func aWebSocketsTurnsAreOneTrace() async throws {
    try await withGateway { gateway, ollama in
      let chat = try await ChatWebSocket(gateway)
      for _ in 0..<2 {
        await chat.chat()
        _ = try await chat.receive(through: "stream_end")
      }
      let traces = ollama.snapshot.exchanges(for: "/api/chat").map { $0.request.headers["traceparent"] }
      let parts = Self.parts(traces.first ?? nil)
      try #require(parts.count == 4)
      #expect(traces.count == 2 && traces[0] == traces[1])
      _ = try await chat.socket.close()
      try await eventually("the WebSocket is logged", state: { gateway.log }) {
        gateway.log.contains(" route=/ws ") && gateway.log.contains(" trace_id=\(parts[1]) ")
      }
    }
  }
}
