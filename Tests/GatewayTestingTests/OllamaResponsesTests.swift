import GatewayTesting
import Testing

/// The default responses against what a real Ollama sends.
@Suite struct OllamaResponsesTests {
  private let messages = #""messages":[{"role":"user","content":"Hi"}]"#

  /// Responses to requests sent one after the other on one connection.
  private func responses(
    _ requests: [(String, String, String)]
  ) async throws -> [TestClient.Response] {
    let ollama = try ScriptedOllama()
    defer { ollama.stop() }
    return try await TestClient.run(ollama.port) { connection in
      try requests.map { method, path, body in
        try connection.request(method, path, body: body.isEmpty ? nil : Array(body.utf8))
      }
    }
  }

  @Test func modelsAndVersion() async throws {
    let responses = try await responses([
      ("GET", "/api/version", ""), ("GET", "/api/tags", ""), ("GET", "/api/ps", ""),
      ("GET", "/v1/models", ""),
      ("POST", "/api/show", #"{"model":"tinyllama"}"#), ("HEAD", "/", ""), ("GET", "/", ""),
    ])
    #expect(responses.map(\.status) == Array(repeating: 200, count: 7))
    #expect(responses[0].json["version"] == "0.9.3")
    #expect(responses[1].json["models"].array.map(\.["name"]) == ["tinyllama:latest", "smollm2:135m"])
    #expect(responses[2].json["models"][0]["size_vram"] == 0)
    #expect(responses[3].json["data"][1]["id"] == "smollm2:135m")
    #expect(responses[4].json["details"]["family"] == "llama")
    #expect(responses[5].body.isEmpty && responses[5].headers["Content-Length"] == "17")
    #expect(responses[6].text == "Ollama is running")
  }

  @Test func chatStreamsAndUnary() async throws {
    let responses = try await responses([
      ("POST", "/api/chat", #"{"model":"tinyllama",\#(messages)}"#),
      ("POST", "/api/chat", #"{"model":"tinyllama",\#(messages),"stream":false}"#),
      (
        "POST", "/api/chat", #"{"model":"tinyllama",\#(messages),"stream":false,"options":{"num_predict":2}}"#
      ),
      ("POST", "/api/chat", #"{"model":"tinyllama"}"#),
    ])
    #expect(
      responses[0].framing == .chunked && responses[0].headers["Content-Type"] == "application/x-ndjson")
    let lines = try responses[0].lines.map { try TestJSON($0) }
    #expect(lines.map { $0["message"]["content"].string ?? "" }.joined() == "Hello from the fake Ollama.")
    #expect(lines.map(\.["done"]) == Array(repeating: false, count: 7) + [true])
    #expect(lines[7]["done_reason"] == "stop" && lines[7]["eval_count"] == 7)
    #expect(responses[1].headers["Content-Type"] == "application/json; charset=utf-8")
    #expect(responses[1].framing == .length(responses[1].body.count))
    #expect(responses[1].json["message"]["content"] == "Hello from the fake Ollama.")
    #expect(
      responses[2].json["message"]["content"] == "Hello" && responses[2].json["done_reason"] == "length")
    #expect(responses[3].json["done_reason"] == "load")
  }

  @Test func generateAndEmbed() async throws {
    let responses = try await responses([
      ("POST", "/api/generate", #"{"model":"tinyllama","prompt":"Hi"}"#),
      ("POST", "/api/generate", #"{"model":"tinyllama","prompt":"Hi","stream":false}"#),
      ("POST", "/api/embed", #"{"model":"tinyllama","input":["a","b"]}"#),
    ])
    let lines = try responses[0].lines.map { try TestJSON($0) }
    #expect(lines.map { $0["response"].string ?? "" }.joined() == "Hello from the fake Ollama.")
    #expect(lines.last?["done"] == true)
    #expect(responses[1].json["response"] == "Hello from the fake Ollama.")
    #expect(responses[2].json["embeddings"].count == 2)
  }

  @Test func openAIStreamsAndUnary() async throws {
    let responses = try await responses([
      ("POST", "/v1/chat/completions", #"{"model":"tinyllama",\#(messages)}"#),
      ("POST", "/v1/chat/completions", #"{"model":"tinyllama",\#(messages),"stream":true}"#),
      (
        "POST", "/v1/chat/completions",
        #"{"model":"tinyllama",\#(messages),"stream":true,"stream_options":{"include_usage":true}}"#
      ),
    ])
    #expect(responses[0].json["choices"][0]["message"]["content"] == "Hello from the fake Ollama.")
    #expect(responses[0].json["usage"]["completion_tokens"] == 7)
    #expect(responses[1].headers["Content-Type"] == "text/event-stream")
    let events = responses[1].events
    #expect(events.count == 9 && events.last?.data == "[DONE]")
    #expect(events[7].json["choices"][0]["finish_reason"] == "stop")
    #expect(events[0].json["choices"][0]["delta"]["content"] == "Hel")
    #expect(responses[2].events.dropLast().last?.json["usage"]["total_tokens"] == 33)
  }

  @Test func errorsHaveOllamasForms() async throws {
    let responses = try await responses([
      ("POST", "/api/chat", #"{"model":"x",\#(messages)}"#),
      ("POST", "/v1/chat/completions", #"{"model":"x",\#(messages)}"#),
      ("GET", "/nothing", ""), ("GET", "/api/chat", ""), ("POST", "/api/chat", "{"),
      ("POST", "/api/chat", "{}"),
    ])
    #expect(responses.map(\.status) == [404, 404, 404, 405, 400, 400])
    #expect(responses[0].text == #"{"error":"model \"x\" not found, try pulling it first"}"#)
    #expect(responses[1].json["error"]["type"] == "api_error")
    #expect(responses[3].headers["Allow"] == "POST")
    #expect(responses[2].text == "404 page not found" && responses[2].headers["Content-Type"] == "text/plain")
  }

  @Test func whatIsLeftOfTheResponsesToOpenAI() async throws {
    let responses = try await responses([
      ("GET", "/v1/models/tinyllama", ""), ("GET", "/v1/models/x", ""),
      ("POST", "/v1/chat/completions", #"{"model":"tinyllama",\#(messages),"max_tokens":2}"#),
      ("POST", "/v1/chat/completions", #"{"model":"tinyllama",\#(messages),"max_tokens":2,"stream":true}"#),
      ("POST", "/v1/chat/completions", "{"),
    ])
    #expect(responses.map(\.status) == [200, 404, 200, 200, 400])
    #expect(responses[0].json["id"] == "tinyllama" && responses[1].json["error"]["type"] == "api_error")
    #expect(responses[2].json["choices"][0]["finish_reason"] == "length")
    #expect(responses[3].chunks.count == 3 && responses[3].text.hasSuffix("}\n\ndata: [DONE]\n\n"))
    #expect(responses[4].json["error"]["type"] == "invalid_request_error")
  }

  /// Go's server counts a body of up to 2 KiB, and sends a longer one as a chunk.
  @Test func aLongUnaryResponseIsChunked() async throws {
    let responses = OllamaResponses(tokens: [String(repeating: "long ", count: 1000)])
    let ollama = try ScriptedOllama { responses.script(for: $0) }
    defer { ollama.stop() }
    let response = try await TestClient.post(
      ollama.port, "/api/chat", json: #"{"model":"tinyllama",\#(messages),"stream":false}"#)
    #expect(response.framing == .chunked && response.chunks.count == 1)
    #expect(
      response.headers["Content-Type"] == "application/json; charset=utf-8" && response.json["done"] == true)
  }

  @Test func blobsAreRemembered() async throws {
    let responses = try await responses([
      ("HEAD", "/api/blobs/sha256:1", ""), ("POST", "/api/blobs/sha256:1", "bytes"),
      ("HEAD", "/api/blobs/sha256:1", ""),
      ("POST", "/api/blobs/sha256:1", "bytes"),
    ])
    #expect(responses.map(\.status) == [404, 201, 200, 200])
  }

  @Test func quotingIsValidJSON() throws {
    let text = "a\"b\\c\n\r\t\u{1}<>&\u{2028}ü🌍"
    #expect(try TestJSON(OllamaWire.quoted(text)) == .string(text))
    #expect(OllamaWire.quoted("<\u{1}") == #""\u003c\u0001""#)
  }
}
