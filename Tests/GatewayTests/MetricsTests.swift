import Configuration
import GatewayTesting
import Testing

/// `GET /metrics`, after requests of all kinds.
@Suite(.serialized) struct MetricsTests {
  private static let streamed = #"{"model":"m","messages":[{"role":"user","content":"Hi"}]}"#
  private static let unary = #"{"model":"m","messages":[{"role":"user","content":"Hi"}],"stream":false}"#

  /// The value of the sample whose line begins so.
  private func value(_ text: String, _ beginning: String) -> Double? {
    let line = text.split(separator: "\n").first { $0.hasPrefix(beginning + " ") }
    return line.flatMap { Double($0.dropFirst(beginning.count + 1)) }
  }

  private func read(_ gateway: RunningGateway) async throws -> String {
    let response = try await TestClient.get(gateway.port, "/metrics")
    #expect(response.status == 200)
    #expect(response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
    return response.text
  }

  @Test func requestsAreCountedByRouteAndStatus() async throws {
    try await withGateway { gateway, _ in
      for _ in 0..<3 { _ = try await TestClient.get(gateway.port, "/health") }
      for path in ["/nowhere", "/nowhere/2", "/health?x=1"] {
        _ = try await TestClient.get(gateway.port, path)
      }
      _ = try await TestClient.request(gateway.port, "BREW", "/health")
      let text = try await read(gateway)
      let count = "http_server_request_duration_seconds_count"
      func labels(_ method: String, _ route: String, _ status: Int) -> String {
        "\(count){http_request_method=\"\(method)\",http_route=\"\(route)\",http_response_status_code=\"\(status)\"}"
      }
      #expect(value(text, labels("GET", "/health", 200)) == 4)
      #expect(value(text, labels("GET", "unknown", 404)) == 2)
      #expect(value(text, labels("_OTHER", "/health", 405)) == 1)
      #expect(!text.contains("nowhere") && !text.contains("BREW"))
      // The reading itself.
      #expect(value(text, #"http_server_active_requests{http_request_method="GET"}"#) == 1)
    }
  }

  @Test func generationsAreCountedByModelAndRoute() async throws {
    try await withGateway { gateway, ollama in
      ollama.respond { _ in .chat(["one ", "two ", "three"]) }
      _ = try await TestClient.post(gateway.port, "/api/chat", json: Self.streamed)
      let response = #"{"model":"m","done":true,"prompt_eval_count":11,"eval_count":22}"#
      ollama.respond { _ in .json(response) }
      let unary = try await TestClient.post(gateway.port, "/api/chat", json: Self.unary)
      #expect(unary.headers["Server-Timing"]?.hasPrefix("ollama;dur=") == true)
      let text = try await read(gateway)
      let labels =
        #"gen_ai_operation_name="chat",gen_ai_provider_name="ollama",gen_ai_request_model="m:latest""#
      let route = #"http_route="/api/chat""#
      let input = "{\(labels),gen_ai_token_type=\"input\",\(route)}"
      #expect(value(text, "gen_ai_client_token_usage_count\(input)") == 2)
      #expect(value(text, "gen_ai_server_time_to_first_token_seconds_count{\(labels),\(route)}") == 1)
      #expect(value(text, "gen_ai_server_time_per_output_token_seconds_count{\(labels),\(route)}") == 1)
    }
  }

  /// Names of models that no Ollama has responded for are a client's to choose, and make no series.
  @Test func unknownModelsMakeNoSeries() async throws {
    try await withGateway { gateway, ollama in
      ollama.respond { _ in .error(404, "model 'evil' not found") }
      _ = try await TestClient.post(
        gateway.port, "/api/chat", json: #"{"model":"evil","messages":[],"stream":false}"#)
      #expect(try await !read(gateway).contains("evil"))
    }
  }

  /// However clients spell a model, its figures are one series, by the name that Ollama lists.
  @Test func modelsGoByTheNameThatOllamaLists() async throws {
    let ollama = try ScriptedOllama { request in
      switch request.path {
      case "/api/tags": .json(#"{"models":[{"name":"Llama3:8B"},{"name":"other:latest"}]}"#)
      case "/api/version": .json(#"{"version":"0.5.7"}"#)
      default: .json(#"{"model":"m","done":true,"prompt_eval_count":1,"eval_count":2}"#)
      }
    }
    try await withGateway(ollama: ollama) { gateway, _ in
      let spellings = [
        "Llama3:8B", "llama3:8b", "LLAMA3:8B", "library/llama3:8b", "registry.ollama.ai/library/Llama3:8b",
        "https://registry.ollama.ai/library/llama3:8b",
      ]
      func ask(_ models: [String]) async throws {
        for model in models {
          let response = try await TestClient.post(
            gateway.port, "/api/chat", json: #"{"model":"\#(model)","messages":[],"stream":false}"#)
          #expect(response.status == 200)
        }
      }
      func count(_ text: String, _ model: String) -> Double? {
        let labels =
          #"gen_ai_operation_name="chat",gen_ai_provider_name="ollama",gen_ai_request_model="\#(model)""#
        return value(
          text,
          "gen_ai_client_token_usage_count{\(labels),gen_ai_token_type=\"input\",http_route=\"/api/chat\"}")
      }
      // Before the list is asked for, and then once it is known.
      for round in 1...2 {
        try await ask(spellings + ["gone", "evil:1"])
        let text = try await read(gateway)
        #expect(count(text, "Llama3:8B") == Double(round * spellings.count))
        #expect(count(text, "_other") == Double(round * 2))
        #expect(!text.contains("llama3:8b") && !text.contains("gone") && !text.contains("evil"))
      }
    }
  }

  @Test func chatsAreCountedByTheirRoute() async throws {
    try await withGateway { gateway, ollama in
      ollama.respond { _ in .chat(["one ", "two"]) }
      _ = try await TestClient.post(
        gateway.port, "/api/v1/chat", json: #"{"message":"Hi","model":"m"}"#)
      let text = try await read(gateway)
      #expect(
        text.contains(
          #"gen_ai_request_model="m:latest",gen_ai_token_type="output",http_route="/api/v1/chat""#))
      #expect(value(text, "ollama_gateway_sessions") == 1)
      #expect((value(text, "ollama_gateway_session_bytes") ?? 0) > 0)
    }
  }

  @Test func ollamaAndItsFailures() async throws {
    try await withGateway { gateway, ollama in
      _ = try await TestClient.get(gateway.port, "/api/tags")
      let text = try await read(gateway)
      let upstream = "upstream=\"http://127.0.0.1:\(ollama.port)\""
      #expect(value(text, "ollama_gateway_upstream_up{server=\"\(ollama.url)\"}") == 1)
      let both = "\(upstream),server=\"\(ollama.url)\""
      #expect(value(text, "ollama_gateway_upstream_response_head_seconds_count{\(both)}") == 1)
      #expect((value(text, "ollama_gateway_upstream_connections{\(upstream)}") ?? 0) >= 1)
    }
    try await withoutOllama { gateway in
      _ = try await TestClient.get(gateway.port, "/api/tags")
      let text = try await read(gateway)
      #expect(text.contains("} 0\n") && text.contains("ollama_gateway_upstream_up{"))
      let error = text.split(separator: "\n").first { $0.contains(#"error_type="unreachable""#) }
      #expect(error?.hasSuffix(" 1") == true)
    }
  }

  @Test func bytesLoopsAndTheProcess() async throws {
    try await withGateway { gateway, _ in
      _ = try await TestClient.post(gateway.port, "/api/chat", json: Self.unary)
      let text = try await read(gateway)
      #expect((value(text, "ollama_gateway_received_bytes_total") ?? 0) >= Double(Self.unary.utf8.count))
      #expect((value(text, "ollama_gateway_sent_bytes_total") ?? 0) > 0)
      for worker in ["worker-1", "worker-2"] {
        #expect(value(text, "ollama_gateway_loop_lag_seconds{worker=\"\(worker)\"}") != nil)
      }
      #expect((value(text, "process_resident_memory_bytes") ?? 0) > 1e6)
      #expect((value(text, "ollama_gateway_client_connections") ?? 0) >= 1)
    }
  }

  @Test func openMetricsForWhoAsks() async throws {
    try await withGateway { gateway, _ in
      let response = try await TestClient.get(
        gateway.port, "/metrics", ["Accept": "application/openmetrics-text;version=1.0.0"])
      #expect(
        response.headers["Content-Type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8")
      #expect(response.text.hasSuffix("# EOF\n"))
      #expect(response.text.contains("# TYPE ollama_gateway_sent_bytes counter\n"))
    }
  }
}
