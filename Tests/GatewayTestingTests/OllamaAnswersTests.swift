import GatewayTesting
import Testing

/// The default answers against what a real Ollama sends.
@Suite struct OllamaAnswersTests {
  private let messages = #""messages":[{"role":"user","content":"Hi"}]"#

  /// Answers to requests sent one after the other on one connection.
  private func answers(
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
    let answers = try await answers([
      ("GET", "/api/version", ""), ("GET", "/api/tags", ""), ("GET", "/api/ps", ""),
      ("GET", "/v1/models", ""),
      ("POST", "/api/show", #"{"model":"tinyllama"}"#), ("HEAD", "/", ""), ("GET", "/", ""),
    ])
    #expect(answers.map(\.status) == Array(repeating: 200, count: 7))
    #expect(answers[0].json["version"] == "0.9.3")
    #expect(answers[1].json["models"].array.map(\.["name"]) == ["tinyllama:latest", "smollm2:135m"])
    #expect(answers[2].json["models"][0]["size_vram"] == 0)
    #expect(answers[3].json["data"][1]["id"] == "smollm2:135m")
    #expect(answers[4].json["details"]["family"] == "llama")
    #expect(answers[5].body.isEmpty && answers[5].headers["Content-Length"] == "17")
    #expect(answers[6].text == "Ollama is running")
  }

  @Test func chatStreamsAndUnary() async throws {
    let answers = try await answers([
      ("POST", "/api/chat", #"{"model":"tinyllama",\#(messages)}"#),
      ("POST", "/api/chat", #"{"model":"tinyllama",\#(messages),"stream":false}"#),
      (
        "POST", "/api/chat", #"{"model":"tinyllama",\#(messages),"stream":false,"options":{"num_predict":2}}"#
      ),
      ("POST", "/api/chat", #"{"model":"tinyllama"}"#),
    ])
    #expect(answers[0].framing == .chunked && answers[0].headers["Content-Type"] == "application/x-ndjson")
    let lines = try answers[0].lines.map { try TestJSON($0) }
    #expect(lines.map { $0["message"]["content"].string ?? "" }.joined() == "Hello from the fake Ollama.")
    #expect(lines.map(\.["done"]) == Array(repeating: false, count: 7) + [true])
    #expect(lines[7]["done_reason"] == "stop" && lines[7]["eval_count"] == 7)
    #expect(answers[1].headers["Content-Type"] == "application/json; charset=utf-8")
    #expect(answers[1].framing == .length(answers[1].body.count))
    #expect(answers[1].json["message"]["content"] == "Hello from the fake Ollama.")
    #expect(answers[2].json["message"]["content"] == "Hello" && answers[2].json["done_reason"] == "length")
    #expect(answers[3].json["done_reason"] == "load")
  }

  @Test func generateAndEmbed() async throws {
    let answers = try await answers([
      ("POST", "/api/generate", #"{"model":"tinyllama","prompt":"Hi"}"#),
      ("POST", "/api/generate", #"{"model":"tinyllama","prompt":"Hi","stream":false}"#),
      ("POST", "/api/embed", #"{"model":"tinyllama","input":["a","b"]}"#),
    ])
    let lines = try answers[0].lines.map { try TestJSON($0) }
    #expect(lines.map { $0["response"].string ?? "" }.joined() == "Hello from the fake Ollama.")
    #expect(lines.last?["done"] == true)
    #expect(answers[1].json["response"] == "Hello from the fake Ollama.")
    #expect(answers[2].json["embeddings"].count == 2)
  }

  @Test func openAIStreamsAndUnary() async throws {
    let answers = try await answers([
      ("POST", "/v1/chat/completions", #"{"model":"tinyllama",\#(messages)}"#),
      ("POST", "/v1/chat/completions", #"{"model":"tinyllama",\#(messages),"stream":true}"#),
      (
        "POST", "/v1/chat/completions",
        #"{"model":"tinyllama",\#(messages),"stream":true,"stream_options":{"include_usage":true}}"#
      ),
    ])
    #expect(answers[0].json["choices"][0]["message"]["content"] == "Hello from the fake Ollama.")
    #expect(answers[0].json["usage"]["completion_tokens"] == 7)
    #expect(answers[1].headers["Content-Type"] == "text/event-stream")
    let events = answers[1].events
    #expect(events.count == 9 && events.last?.data == "[DONE]")
    #expect(events[7].json["choices"][0]["finish_reason"] == "stop")
    #expect(events[0].json["choices"][0]["delta"]["content"] == "Hel")
    #expect(answers[2].events.dropLast().last?.json["usage"]["total_tokens"] == 33)
  }

  @Test func errorsHaveOllamasForms() async throws {
    let answers = try await answers([
      ("POST", "/api/chat", #"{"model":"x",\#(messages)}"#),
      ("POST", "/v1/chat/completions", #"{"model":"x",\#(messages)}"#),
      ("GET", "/nothing", ""), ("GET", "/api/chat", ""), ("POST", "/api/chat", "{"),
      ("POST", "/api/chat", "{}"),
    ])
    #expect(answers.map(\.status) == [404, 404, 404, 405, 400, 400])
    #expect(answers[0].text == #"{"error":"model \"x\" not found, try pulling it first"}"#)
    #expect(answers[1].json["error"]["type"] == "api_error")
    #expect(answers[3].headers["Allow"] == "POST")
    #expect(answers[2].text == "404 page not found" && answers[2].headers["Content-Type"] == "text/plain")
  }

  @Test func whatIsLeftOfTheAnswersToOpenAI() async throws {
    let answers = try await answers([
      ("GET", "/v1/models/tinyllama", ""), ("GET", "/v1/models/x", ""),
      ("POST", "/v1/chat/completions", #"{"model":"tinyllama",\#(messages),"max_tokens":2}"#),
      ("POST", "/v1/chat/completions", #"{"model":"tinyllama",\#(messages),"max_tokens":2,"stream":true}"#),
      ("POST", "/v1/chat/completions", "{"),
    ])
    #expect(answers.map(\.status) == [200, 404, 200, 200, 400])
    #expect(answers[0].json["id"] == "tinyllama" && answers[1].json["error"]["type"] == "api_error")
    #expect(answers[2].json["choices"][0]["finish_reason"] == "length")
    #expect(answers[3].chunks.count == 3 && answers[3].text.hasSuffix("}\n\ndata: [DONE]\n\n"))
    #expect(answers[4].json["error"]["type"] == "invalid_request_error")
  }

  /// Go's server counts a body of up to 2 KiB, and sends a longer one as a chunk.
  @Test func aLongUnaryAnswerIsChunked() async throws {
    let answers = OllamaAnswers(tokens: [String(repeating: "long ", count: 1000)])
    let ollama = try ScriptedOllama { answers.script(for: $0) }
    defer { ollama.stop() }
    let answer = try await TestClient.post(
      ollama.port, "/api/chat", json: #"{"model":"tinyllama",\#(messages),"stream":false}"#)
    #expect(answer.framing == .chunked && answer.chunks.count == 1)
    #expect(
      answer.headers["Content-Type"] == "application/json; charset=utf-8" && answer.json["done"] == true)
  }

  @Test func blobsAreRemembered() async throws {
    let answers = try await answers([
      ("HEAD", "/api/blobs/sha256:1", ""), ("POST", "/api/blobs/sha256:1", "bytes"),
      ("HEAD", "/api/blobs/sha256:1", ""),
      ("POST", "/api/blobs/sha256:1", "bytes"),
    ])
    #expect(answers.map(\.status) == [404, 201, 200, 200])
  }

  @Test func quotingIsValidJSON() throws {
    let text = "a\"b\\c\n\r\t\u{1}<>&\u{2028}ü🌍"
    #expect(try TestJSON(OllamaWire.quoted(text)) == .string(text))
    #expect(OllamaWire.quoted("<\u{1}") == #""\u003c\u0001""#)
  }
}
