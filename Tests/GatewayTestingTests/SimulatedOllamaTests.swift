import GatewayTesting
import Testing

/// A simulated Ollama as its clients see it.
@Suite struct SimulatedOllamaTests {
  private func started(
    _ names: [String] = ["a", "b", "c"], _ change: (inout OllamaSimulation.Settings) -> Void = { _ in }
  ) throws -> SimulatedOllama {
    var settings = OllamaSimulation.Settings(names)
    settings.loadTime = .milliseconds(2)
    settings.tokenTime = .microseconds(100)
    change(&settings)
    return try SimulatedOllama(settings)
  }

  private static func chat(_ model: String, _ text: String = "Hi", _ members: String = "") -> String {
    #"{"model":"\#(model)","messages":[{"role":"user","content":"\#(text)"}]\#(members)}"#
  }

  private static func models(_ ollama: SimulatedOllama, _ path: String) async throws -> [TestJSON] {
    try await TestClient.get(ollama.port, path).json["models"].array
  }

  @Test func chatInAllThreeDialects() async throws {
    let ollama = try started()
    defer { ollama.stop() }
    let port = ollama.port
    let native = try await TestClient.post(port, "/api/chat", json: Self.chat("a"))
    let lines = try native.lines.map { try TestJSON($0) }
    #expect(lines.map { $0["message"]["content"].string ?? "" }.joined() == "Hello from the fake Ollama.")
    let last = try #require(lines.last)
    let sum = ["load_duration", "prompt_eval_duration", "eval_duration"].compactMap { last[$0].number }
      .reduce(0, +)
    #expect(last["done_reason"] == "stop" && last["total_duration"].number == sum)
    let unary = try await TestClient.post(
      port, "/api/chat", json: Self.chat("a", "Hi", #","stream":false,"options":{"num_predict":2}"#))
    #expect(unary.json["message"]["content"] == "Hello" && unary.json["done_reason"] == "length")
    let openAI = try await TestClient.post(
      port, "/v1/chat/completions",
      json: Self.chat("a", "Hi", #","stream":true,"stream_options":{"include_usage":true}"#))
    #expect(
      openAI.headers["Content-Type"] == "text/event-stream" && openAI.text.hasSuffix("data: [DONE]\n\n"))
    #expect(openAI.text.contains(#""completion_tokens":7"#))
    let messages = try await TestClient.post(
      port, "/v1/messages", json: Self.chat("a", "Hi", #","stream":true"#))
    #expect(
      messages.text.hasPrefix("event: message_start\n")
        && messages.text.hasSuffix(#"{"type":"message_stop"}"# + "\n\n"))
    #expect(ollama.snapshot.record.count("/api/chat", "a") == 2)
    #expect(ollama.snapshot.record.loads.count == 1 && ollama.snapshot.violations.isEmpty)
  }

  @Test func generateEmbedPreloadAndUnload() async throws {
    let ollama = try started()
    defer { ollama.stop() }
    let port = ollama.port
    let loaded = try await TestClient.post(port, "/api/generate", json: #"{"model":"a"}"#)
    #expect(loaded.json["done_reason"] == "load")
    let generated = try await TestClient.post(
      port, "/api/generate", json: #"{"model":"a","prompt":"Hi","stream":false}"#)
    #expect(generated.json["response"] == "Hello from the fake Ollama.")
    let embedded = try await TestClient.post(port, "/api/embed", json: #"{"model":"a","input":"Hi"}"#)
    #expect(embedded.status == 400, "a model of completions does not embed")
    let unloaded = try await TestClient.post(port, "/api/generate", json: #"{"model":"a","keep_alive":0}"#)
    #expect(unloaded.json["done_reason"] == "unload")
    #expect(try await Self.models(ollama, "/api/ps").isEmpty)
    #expect(ollama.snapshot.record.unloads.map(\.reason) == [.asked])
  }

  @Test func theHeadComesWithTheFirstToken() async throws {
    let ollama = try started()
    defer { ollama.stop() }
    ollama.hold { $0.tokens = 0 }
    async let response = TestClient.post(ollama.port, "/api/chat", json: Self.chat("a"))
    try await ollama.wait("it generates") { $0.view.running == 1 }
    #expect(ollama.snapshot.http.exchanges.last?.bytesSent == 0)
    ollama.hold { $0.tokens = 3 }
    try await ollama.wait("three tokens are there") { $0.view.runner("a")?.tokens == 3 }
    #expect(try #require(ollama.snapshot.http.exchanges.last).bytesSent > 0)
    ollama.release()
    let lines = try await response.lines
    #expect(lines.count == 8)
  }

  @Test func whatIsLoadedIsListedAndWhatLoadsIsNot() async throws {
    let ollama = try started()
    defer { ollama.stop() }
    ollama.hold { $0.loads = true }
    let port = ollama.port
    let body = Self.chat("a", "Hi", #","options":{"num_ctx":8192}"#)
    async let response = TestClient.post(port, "/api/chat", json: body)
    try await ollama.wait("a is being loaded") { $0.view.loading == "a:latest" }
    #expect(try await Self.models(ollama, "/api/ps").isEmpty)
    ollama.release()
    let status = try await response.status
    #expect(status == 200)
    let row = try #require(try await Self.models(ollama, "/api/ps").first)
    #expect(row["context_length"] == 8192 && row["name"] == "a:latest")
    let tags = try await Self.models(ollama, "/api/tags")
    #expect(
      tags.map(\.["name"]) == ["a:latest", "b:latest", "c:latest"] && tags[0]["digest"] == row["digest"])
    let expiry = try #require(row["expires_at"].string)
    #expect(expiry.hasPrefix("20") && expiry.hasSuffix("Z"))
    #expect(try await Self.models(ollama, "/api/ps").first?["expires_at"] == row["expires_at"])
  }

  @Test func aClientThatLeavesIsNoticed() async throws {
    let ollama = try started()
    defer { ollama.stop() }
    ollama.hold { $0.loads = true }
    let client = try await TestClient.connect(ollama.port)
    try await client.perform { try $0.sendPost("/api/chat", json: Self.chat("a")) }
    try await ollama.wait("a is being loaded") { $0.view.loading == "a:latest" }
    try await client.perform { $0.reset() }
    try await ollama.wait("the load is gone") { $0.view.loading == nil }
    #expect(ollama.snapshot.record.cancelled.map(\.outcome) == [.left(.loading)])
    #expect(ollama.snapshot.record.loads.map(\.isComplete) == [false])
  }

  @Test func refusalsInEachDialect() async throws {
    let ollama = try started()
    defer { ollama.stop() }
    ollama.setBusy(true)
    for path in ["/api/chat", "/v1/chat/completions", "/v1/messages"] {
      let response = try await TestClient.post(ollama.port, path, json: Self.chat("a"))
      #expect(response.status == 503 && response.text.contains("maximum pending requests exceeded"))
    }
    ollama.setBusy(false)
    let unknown = try await TestClient.post(ollama.port, "/api/chat", json: Self.chat("nothing"))
    #expect(unknown.status == 404)
    #expect(unknown.json["error"] == #"model "nothing" not found, try pulling it first"#)
    #expect(try await TestClient.post(ollama.port, "/api/chat", json: "{").status == 400)
  }

  @Test func aDeadRunnerIsStatus500OrAnErrorLine() async throws {
    let ollama = try started { $0.slots = 2 }
    defer { ollama.stop() }
    let port = ollama.port
    ollama.hold { $0.tokens = 1 }
    async let victim = TestClient.post(port, "/api/chat", json: Self.chat("a"))
    try await ollama.wait("the first one has a token") { $0.view.runner("a")?.tokens == 1 }
    let killer = try await TestClient.post(port, "/api/chat", json: Self.chat("a", "kill-runner"))
    #expect(killer.status == 500)
    #expect(killer.json["error"].string?.hasPrefix("model runner has unexpectedly stopped") == true)
    let lines = try await victim.lines
    #expect(lines.count == 2 && lines[1].hasPrefix(#"{"error":"model runner"#))
    #expect(ollama.snapshot.record.unloads.map(\.reason) == [.died])
  }

  @Test func aConversationIsCached() async throws {
    let ollama = try started()
    defer { ollama.stop() }
    _ = try await TestClient.post(ollama.port, "/api/chat", json: Self.chat("a", "a long beginning"))
    let messages =
      #"{"role":"user","content":"a long beginning"},"#
      + #"{"role":"assistant","content":"Hello from the fake Ollama."},{"role":"user","content":"and?"}"#
    let response = try await TestClient.post(
      ollama.port, "/api/chat", json: #"{"model":"a","messages":[\#(messages)],"stream":false}"#)
    let job = try #require(ollama.snapshot.record.jobs.last)
    let tokens = try #require(response.json["prompt_eval_count"].int)
    let cached = try #require(job.cachedTokens)
    #expect(cached > tokens / 2)
    #expect(response.json["prompt_eval_duration"].int == (tokens - cached) * 20_000)
  }

  @Test func pullsTellTheirProgress() async throws {
    let ollama = try started()
    defer { ollama.stop() }
    let port = ollama.port
    ollama.hold { $0.pulls = true }
    async let held = TestClient.post(port, "/api/pull", json: #"{"model":"new"}"#)
    try await ollama.wait("it pulls") { $0.view.pulls == 1 && $0.http.exchanges.last?.bytesSent ?? 0 > 0 }
    ollama.release()
    let lines = try await held.lines.map { try TestJSON($0) }
    #expect(lines.first?["status"] == "pulling manifest" && lines.last?["status"] == "success")
    let completed = lines.filter { $0["total"] == 1000 }.map { $0["completed"].int ?? 0 }
    #expect(completed == [0, 333, 666, 1000, 0, 333, 666, 1000])
    #expect(ollama.snapshot.models.contains("new:latest"))
    ollama.failPulls("no space left on device")
    let failed = try await TestClient.post(port, "/api/pull", json: #"{"model":"other"}"#)
    #expect(failed.status == 200 && failed.lines.last == #"{"error":"no space left on device"}"#)
    let unary = try await TestClient.post(port, "/api/pull", json: #"{"model":"other","stream":false}"#)
    #expect(unary.status == 500 && !ollama.snapshot.models.contains("other:latest"))
  }

  @Test func modelsAreManaged() async throws {
    let ollama = try started()
    defer { ollama.stop() }
    let responses = try await TestClient.run(ollama.port) { connection in
      [
        try connection.post("/api/copy", json: #"{"source":"a","destination":"d"}"#),
        try connection.post("/api/copy", json: #"{"source":"none","destination":"d"}"#),
        try connection.request("DELETE", "/api/delete", body: Array(#"{"model":"a"}"#.utf8)),
        try connection.request("DELETE", "/api/delete", body: Array(#"{"model":"a"}"#.utf8)),
        try connection.post("/api/create", json: #"{"model":"e","from":"b"}"#),
        try connection.post("/api/push", json: #"{"model":"e"}"#),
        try connection.request("HEAD", "/api/blobs/sha256:00"),
        try connection.request("POST", "/api/blobs/sha256:00", body: [1]),
        try connection.request("HEAD", "/api/blobs/sha256:00"),
        try connection.post("/api/show", json: #"{"model":"e"}"#),
        try connection.get("/v1/models"), try connection.get("/api/version"),
        try connection.request("HEAD", "/"),
      ]
    }
    #expect(responses.map(\.status) == [200, 404, 200, 404, 200, 200, 404, 201, 200, 200, 200, 200, 200])
    #expect(
      responses[4].lines.last == #"{"status":"success"}"#
        && responses[9].json["capabilities"][0] == "completion")
    #expect(responses[11].json["version"] == "0.33.0")
    #expect(ollama.snapshot.models == ["b:latest", "c:latest", "d:latest", "e:latest"])
  }
}

/// A simulated Ollama that is stopped, killed and started again.
@Suite struct SimulatedProcessTests {
  private let question = #"{"model":"a","messages":[{"role":"user","content":"Hi"}]}"#

  @Test("a suspended server takes connections and responds to nothing until it goes on")
  func suspended() async throws {
    let ollama = try SimulatedOllama(.init(["a"]))
    defer { ollama.stop() }
    ollama.suspend()
    let client = try await TestClient.connect(ollama.port)
    try await client.perform { try $0.sendRequest("GET", "/api/version") }
    #expect(ollama.snapshot.http.requestCount == 0)
    ollama.resume()
    #expect(try await client.perform { try $0.readResponse().status } == 200)
  }

  @Test(
    "a killed server breaks its connections off and refuses new ones; restarted it has its models, none of them loaded"
  )
  func killed() async throws {
    let ollama = try SimulatedOllama(.init(["a"]))
    defer { ollama.stop() }
    let (port, question) = (ollama.port, question)
    ollama.hold { $0.tokens = 1 }
    async let cut = TestClient.post(port, "/api/chat", json: question)
    try await ollama.wait("a token is there") { $0.view.runner("a")?.tokens == 1 }
    ollama.kill()
    do {
      let response = try await cut
      Issue.record("a whole response: \(response)")
    } catch is TestClientError {}
    await #expect(throws: (any Error).self) { _ = try await TestClient.get(port, "/") }
    #expect(ollama.snapshot.record.cancelled.map(\.outcome) == [.left(.tokens)])
    try ollama.restart()
    #expect(ollama.snapshot.view.runners.isEmpty && ollama.snapshot.models == ["a:latest"])
    #expect(try await TestClient.post(port, "/api/chat", json: question).lines.count == 8)
    #expect(ollama.snapshot.record.loads.count == 2)
  }

  @Test("a server that is killed while it is suspended says nothing more")
  func killedWhileSuspended() async throws {
    let ollama = try SimulatedOllama(.init(["a"]))
    defer { ollama.stop() }
    let client = try await TestClient.connect(ollama.port)
    try await client.perform { _ = try $0.get("/api/version") }
    ollama.suspend()
    try await client.perform { try $0.sendRequest("GET", "/api/version") }
    ollama.kill()
    await #expect(throws: TestClientError.self) { try await client.perform { _ = try $0.readResponse() } }
  }
}
