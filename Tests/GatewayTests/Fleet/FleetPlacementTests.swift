import Configuration
import Gateway
import GatewayTesting
import Testing

/// What clients, the log and the metrics tell of the server that a request came to.
@Suite(.serialized) struct FleetPlacementTests {
  private static let generate =
    #"{"model":"a","prompt":"\#(String(repeating: "some words ", count: 400))","stream":false}"#
  private static let admin = "/api/v1/admin/servers"

  private func ask(_ gateway: RunningGateway, _ fields: TestHeaders = [:]) async throws -> TestClient.Response
  {
    let response = try await TestClient.post(gateway.port, "/api/generate", json: Self.generate, fields)
    #expect(response.status == 200)
    return response
  }

  private func order(_ gateway: RunningGateway, _ action: String, _ name: String) async throws {
    let response = try await TestClient.request(gateway.port, "POST", "\(Self.admin)/\(name)/\(action)")
    #expect(response.status == 200)
  }

  /// A request's line is written when its exchange has ended, of which the client knows nothing.
  private func logged(_ gateway: RunningGateway, _ words: String) async throws {
    try await eventually("the log has “\(words)”", state: { gateway.log }) { gateway.log.contains(words) }
  }

  /// Lets both have the model in memory.
  private func warm(_ gateway: RunningGateway) async throws {
    try await gateway.waitForLists(2)
    for (drained, other) in [("s1", "s2"), ("s2", "s1")] {
      try await order(gateway, "drain", drained)
      let response = try await ask(gateway)
      #expect(response.headers["X-Gateway-Server"] == other)
      try await order(gateway, "resume", drained)
    }
  }

  @Test("The server's name, and what the request has waited for") func theServer() async throws {
    try await withFleet(2, { _, _ in }, { $0.trustTheTest() }) { gateway, ollamas in
      try await warm(gateway)
      let loads = try await TestClient.get(gateway.port, Self.admin).json["servers"].array
      #expect(loads.map { $0["name"] } == ["s1", "s2"])
      #expect(loads.map { $0["loads"]["cold"] } == [1, 1])
      #expect(ollamas.map { $0.snapshot.record.loads.count } == [1, 1])
      let response = try await ask(
        gateway, ["X-Request-Id": "r1", "X-Session-Id": "s", "Origin": "http://localhost"])
      let name = try #require(response.headers["X-Gateway-Server"])
      #expect(response.headers["X-Gateway-Affinity"] == "initialize")
      #expect(response.headers["X-Gateway-Attempts"] == nil && response.headers["X-Gateway-Queue"] == nil)
      let timing = response.headers.values(of: "Server-Timing").joined(separator: ", ")
      #expect(timing.contains("ollama;dur=") && timing.contains("load;dur="))
      #expect(timing.contains("upstream;desc=\"\(name)\""))
      let exposed = response.headers["Access-Control-Expose-Headers"]
      #expect(exposed?.contains("X-Gateway-Server") == true)
      let next = try await ask(gateway, ["X-Session-Id": "s"])
      #expect(next.headers["X-Gateway-Affinity"] == "retain")
      #expect(next.headers["X-Gateway-Server"] == name)
      try await logged(gateway, " upstream=\(name) request_id=r1 ")
      let metrics = try await TestClient.get(gateway.port, "/metrics").text
      #expect(
        metrics.contains(#"ollama_gateway_loads_total{server="s1",model="a:latest",reason="cold"} 1"#))
      let hits = "ollama_gateway_affinity_hits_total{server=\"\(name)\",kind=\"retain\""
      #expect(metrics.contains("\(hits),signal=\"session\"} 1"))
      #expect(metrics.contains("\(hits),signal=\"prompt\"} 0"))
      #expect(metrics.contains("ollama_gateway_load_seconds_count 2"))
      #expect(!metrics.contains("127.0.0.1"))
    }
  }

  @Test("Who names no conversation is known by the prompt") func prompts() async throws {
    try await withFleet(2, { _, _ in }, { $0.trustTheTest() }) { gateway, _ in
      try await warm(gateway)
      var messages = #"{"role":"user","content":"\#(String(repeating: "tell me more ", count: 300))"}"#
      var name: String?
      for turn in 0..<4 {
        for (path, format) in [("/api/chat", ""), ("/v1/chat/completions", #""max_tokens":9,"#)] {
          let json = #"{"model":"a",\#(format)"stream":false,"messages":[\#(messages)]}"#
          let response = try await TestClient.post(gateway.port, path, json: json)
          #expect(response.status == 200)
          // The other API's is the same text.
          let isFirst = turn == 0 && path == "/api/chat"
          #expect(response.headers["X-Gateway-Affinity"] == (isFirst ? "initialize" : "retain"))
          if name == nil { name = response.headers["X-Gateway-Server"] }
          #expect(response.headers["X-Gateway-Server"] == name)
        }
        messages += #",{"role":"assistant","content":"more"},{"role":"user","content":"and more"}"#
      }
      let other = try await TestClient.post(
        gateway.port, "/api/chat", json: #"{"model":"a","stream":false,"messages":[]}"#)
      #expect(other.headers["X-Gateway-Affinity"] == nil)
    }
  }

  @Test("A stream says it in its head as well") func streams() async throws {
    try await withFleet(2) { gateway, _ in
      try await warm(gateway)
      for (path, body) in [
        ("/api/chat", #"{"model":"a","messages":[{"role":"user","content":"x"}]}"#),
        ("/v1/chat/completions", #"{"model":"a","stream":true,"messages":[{"role":"user","content":"x"}]}"#),
        ("/api/v1/chat", #"{"model":"a","message":"x","stream":true}"#),
        ("/api/v1/chat", #"{"model":"a","message":"x"}"#),
      ] {
        let response = try await TestClient.post(gateway.port, path, json: body)
        #expect(response.status == 200, "\(path)")
        #expect(["s1", "s2"].contains(response.headers["X-Gateway-Server"]), "\(path)")
      }
    }
  }

  @Test("A request that went on to another server") func attempts() async throws {
    try await withFleet(2, { _, _ in }, { $0.trustTheTest() }) { gateway, ollamas in
      try await warm(gateway)
      // The conversation is known at the first.
      try await order(gateway, "drain", "s2")
      _ = try await ask(gateway, ["X-Session-Id": "s"])
      try await order(gateway, "resume", "s2")
      ollamas[0].setBusy(true)
      let response = try await ask(gateway, ["X-Session-Id": "s", "X-Request-Id": "r1"])
      #expect(response.headers["X-Gateway-Affinity"] == "switch")
      #expect(response.headers["X-Gateway-Attempts"] == "2")
      #expect(response.headers["X-Gateway-Server"] == "s2")
      try await logged(gateway, " upstream=s2 attempts=2 ")
      // That the first was busy is no trouble of the second.
      let line = gateway.log.split(separator: "\n").first { $0.contains(" attempts=2 ") } ?? ""
      #expect(!line.contains("upstream_error="))
      let metrics = try await TestClient.get(gateway.port, "/metrics").text
      for name in ["s1", "s2"] {
        let server = #"upstream="all",server="\#(name)""#
        #expect(!metrics.contains("ollama_gateway_upstream_response_head_seconds_count{\(server)} 0\n"))
        #expect(metrics.contains("ollama_gateway_upstream_response_head_seconds_count{\(server)} "))
        #expect(
          metrics.contains(#"ollama_gateway_upstream_errors_total{\#(server),error_type="malformed"} 0"#))
      }
      #expect(metrics.contains(#"ollama_gateway_retries_total{reason="busy"} 1"#))
      let busy = try await TestClient.get(gateway.port, Self.admin).json["servers"][0]["busy_seconds"]
      #expect((busy.number ?? 0) > 0)
    }
  }

  @Test("A request that waits is in the queue, and says so afterwards") func waiting() async throws {
    try await withFleet(2, { _, _ in }, { $0.trustTheTest() }) { gateway, ollamas in
      for ollama in ollamas { ollama.hold { $0.loads = true } }
      let port = gateway.port
      let waiting = Task {
        try await TestClient.post(port, "/api/generate", json: Self.generate, ["X-Request-Id": "r1"])
      }
      var row = TestJSON.null
      try await eventually("the model is being loaded") {
        let queue = try await TestClient.get(port, "/api/v1/admin/queue").json
        row = queue["waiting"][0]
        return queue["depth"] == 1 && row["reason"] == "loading"
      }
      #expect(row["position"] == 1 && row["model"] == "a:latest" && (row["eta_seconds"].int ?? 0) > 0)
      let name = try #require(row["server"].string)
      let servers = try await TestClient.get(port, Self.admin).json["servers"].array
      let instance = try #require(servers.first { $0["name"].string == name })["instances"][0]
      #expect(instance["state"] == "loading" && (instance["load"]["expected_seconds"].number ?? 0) > 0)
      let metrics = try await TestClient.get(port, "/metrics").text
      #expect(metrics.contains("ollama_gateway_queue_depth{band=\"normal\"} 1\n"))
      for ollama in ollamas { ollama.release() }
      let response = try await waiting.value
      #expect(response.status == 200)
      #expect(response.headers["X-Gateway-Queue"] != nil)
      #expect(response.headers.values(of: "Server-Timing").joined().contains("queue;dur="))
      try await logged(gateway, " upstream=\(name) queue_ms=")
      let after = try await TestClient.get(port, "/metrics").text
      #expect(after.contains("ollama_gateway_queue_wait_seconds_count{band=\"normal\"} 1\n"))
    }
  }

  @Test("Names are told of servers that have one, and where the operator wants it") func names() async throws
  {
    try await withFleet(2, { _, _ in }, { $0.serverNames = false }) { gateway, _ in
      let response = try await ask(gateway, ["X-Session-Id": "s"])
      #expect(response.headers["X-Gateway-Server"] == nil)
      #expect(response.headers["X-Gateway-Affinity"] == "initialize")
      #expect(!response.headers.values(of: "Server-Timing").joined().contains("desc"))
    }
    try await withFleet(2, { _, _ in }, { for place in 0..<2 { $0.servers[place].name = nil } }) {
      gateway, _ in
      let response = try await ask(gateway)
      #expect(response.headers["X-Gateway-Server"] == nil)
      let metrics = try await TestClient.get(gateway.port, "/metrics").text
      #expect(metrics.contains(#"ollama_gateway_upstream_up{server="server_1"} 1"#))
      #expect(!metrics.contains("127.0.0.1"))
    }
    try await withFleet(1) { gateway, _ in
      let response = try await ask(gateway, ["X-Session-Id": "s"])
      #expect(response.headers["X-Gateway-Server"] == "s1")
      #expect(response.headers["X-Gateway-Affinity"] == nil)
    }
    try await withFleet(1, { _, _ in }, { $0.servers[0].name = nil }) { gateway, _ in
      let response = try await ask(gateway, ["X-Session-Id": "s"])
      #expect(!response.text.isEmpty)
      #expect(!response.headers.names.contains { $0.lowercased().hasPrefix("x-gateway") })
      #expect(response.headers.values(of: "Server-Timing").count == 1)
    }
  }

  @Test("Reports of health count the servers; one that works is enough") func health() async throws {
    try await withFleet(3, { _, _ in }, { $0.servers[2].name = nil }) { gateway, ollamas in
      ollamas[0].kill()
      try await order(gateway, "drain", "server_3")
      for path in ["/health/detailed", "/api/v1/health", "/api/v1/chat/health"] {
        try await eventually("it is seen to be down") {
          let report = try await TestClient.get(gateway.port, path).json
          return report["servers"] == .object(["up": 1, "down": 1, "draining": 1, "unknown": 0, "total": 3])
        }
      }
      let ready = try await TestClient.get(gateway.port, "/health/ready")
      #expect(ready.status == 200)
      let chat = try await TestClient.get(gateway.port, "/api/v1/chat/health").json
      #expect(chat["ollama_url"] == "s1" && chat["status"] == "healthy")
      let metrics = try await TestClient.get(gateway.port, "/metrics").text
      #expect(metrics.contains(#"ollama_gateway_upstream_up{server="s1"} 0"#))
      #expect(metrics.contains(#"ollama_gateway_upstream_up{server="s2"} 1"#))
    }
  }

  @Test("Where all are drained, that is what is said") func allDrained() async throws {
    try await withFleet(2) { gateway, _ in
      try await gateway.waitForLists(2)
      for name in ["s1", "s2"] { try await order(gateway, "drain", name) }
      let response = try await TestClient.post(gateway.port, "/api/generate", json: Self.generate)
      #expect(response.status == 503 && response.headers["Retry-After"] == "5")
      #expect(response.json["error"] == "The Ollama servers that could take the request are drained.")
      // The lists are still there.
      #expect(try await TestClient.get(gateway.port, "/api/tags").json["models"].array.count == 2)
    }
  }

  @Test("A server stays drained over a reload that keeps it") func reload() async throws {
    var configuration: Configuration?
    try await withFleet(2, { _, _ in }, { configuration = $0 }) { gateway, _ in
      try await gateway.waitForLists(2)
      try await order(gateway, "drain", "s1")
      var other = try #require(configuration)
      other.serverNames = true
      other.servers[0].weight = 2
      try await gateway.gateway.reload(other)
      let servers = try await TestClient.get(gateway.port, Self.admin).json["servers"]
      #expect(servers[0]["name"] == "s1" && servers[0]["draining"] == true)
      #expect(try await ask(gateway).headers["X-Gateway-Server"] == "s2")
    }
  }
}
