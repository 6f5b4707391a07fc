import Budgets
import Configuration
import GatewayTesting
import Testing

@testable import APIReference
@testable import Chat
@testable import Gateway
@testable import Handling
@testable import Operations
@testable import Pages
@testable import Relay
@testable import Upstreams

/// What waits for readers that stand still: it costs little each, has a bound together, and comes back.
@Suite struct UnsentMemoryTests {
  /// Escaped it is twice as long, and more.
  private static let text = String(repeating: "\"\\\n\u{1}Füchse ", count: 50_000)

  private static func ollama() throws -> ScriptedOllama {
    try ScriptedOllama { _ in .chat(Array(repeating: String(text.prefix(10_000)), count: 55)) }
  }

  /// Forty readers of one long history, over HTTP and over WebSockets, read nothing of it.
  @Test func historiesThatNobodyReadsCostLittle() async throws {
    let ollama = try Self.ollama()
    defer { ollama.stop() }
    let gateway = try await GatewayProcess.start(ollama: ollama.port)
    let response = try await TestClient.post(
      gateway.port, ChatClient.path, json: ChatClient.body("Hello", session: "s"))
    #expect(response.status == 200)
    let path = "\(ChatClient.path)/sessions/s"
    let whole = try await TestClient.get(gateway.port, path)
    #expect(whole.body.count > 900_000)
    #expect(whole.json["messages"][1]["content"].string == response.json["response"].string)
    #expect(whole.json["total"].int == 2)
    let before = gateway.residentBytes
    let stuck = try StreamSwarm(gateway.port, count: 40, receiveBuffer: 4096, stalls: { _ in true }) { _ in
      TestClient.requestBytes("GET", path)
    }
    defer { stuck.stop() }
    try await stuck.wait("all have asked") { $0.connections == 40 }
    var sockets: [ChatWebSocket] = []
    for _ in 0..<40 {
      let socket = try await ChatWebSocket(gateway.port, session: "s", receiveBuffer: 4096)
      await socket.socket.stopReading()
      for _ in 0..<8 { await socket.say("get_history") }
      sockets.append(socket)
    }
    // Another one's are served behind theirs, on whichever loop.
    for _ in 0..<8 {
      let chat = try await ChatWebSocket(gateway.port, session: "s")
      await chat.say("get_history")
      let history = try await chat.take("history")
      #expect(history["messages"][1]["content"].string == response.json["response"].string)
      #expect(try await chat.socket.close() == 1000)
    }
    // Whole, they would be 360 times the history.
    let grown = gateway.residentBytes - before
    #expect(grown < 80 << 20, "\(grown >> 20) MiB for a history of \(whole.body.count >> 10) KiB")
    for socket in sockets { await socket.socket.kill() }
    stuck.stop()
    #expect(try await gateway.stop() == 0)
  }

  /// Forty readers of long responses stand still and leave: what they held goes back to the kernel, however few they were.
  @Test func memoryComesBack() async throws {
    let tokens = Array(repeating: String(repeating: "x", count: 64 << 10), count: 48)
    let ollama = try ScriptedOllama { _ in .chat(tokens) }
    defer { ollama.stop() }
    let gateway = try await GatewayProcess.start(ollama: ollama.port)
    _ = try await TestClient.post(gateway.port, ChatClient.path, json: ChatClient.body("Hi", session: "s0"))
    _ = try await TestClient.request(gateway.port, "DELETE", "\(ChatClient.path)/sessions/s0")
    let before = gateway.residentBytes
    let stuck = try StreamSwarm(gateway.port, count: 40, receiveBuffer: 4096, stalls: { _ in true }) {
      TestClient.requestBytes("POST", ChatClient.path, json: ChatClient.body("Hi", session: "s\($0)"))
    }
    defer { stuck.stop() }
    try await eventually("much is held", state: { "\(gateway.residentBytes - before)" }) {
      gateway.residentBytes - before > 150 << 20
    }
    try await eventually("all is generated", state: { "\(ollama.snapshot.endedCount)" }) {
      ollama.snapshot.endedCount >= 41
    }
    stuck.stop()
    for number in 0..<40 {
      _ = try await TestClient.request(gateway.port, "DELETE", "\(ChatClient.path)/sessions/s\(number)")
    }
    try await eventually("it is given back", state: { "\((gateway.residentBytes - before) >> 20) MiB" }) {
      gateway.residentBytes - before < 24 << 20
    }
    #expect(try await gateway.stop() == 0)
  }

  /// A long text goes out as it is taken, in one piece and at the end of a stream: nothing of it is held twice.
  @Test func longTextsAreWrittenAsTheyAreTaken() async throws {
    let tokens = Array(repeating: String(repeating: "x\n", count: 5_000), count: 100)
    let thinking = #"{"message":{"role":"assistant","content":"","thinking":"hm"},"done":false}"# + "\n"
    let ollama = try ScriptedOllama { _ in
      .stream(
        [thinking] + tokens.map { OllamaWire.chatLine(model: "m", $0) }
          + [OllamaWire.chatEnd(model: "m", reason: "stop", evalCount: 100) + "\n"])
    }
    try await withGateway(ollama: ollama, { $0.workers = 1 }) { gateway, _ in
      let client = ChatClient(gateway)
      let whole = try await client.send()
      #expect(whole.json["response"].string == tokens.joined())
      #expect(whole.json["thinking"] == "hm" && whole.json["status"] == "success")
      #expect(whole.json["usage"]["completion_tokens"] == 100)
      for accept in ["text/event-stream", "application/x-ndjson"] {
        let stream = try await client.stream(session: "s", accept: accept)
        let end = try #require(stream.messages.last)
        #expect(end["type"] == "stream_end" && end["done_reason"] == "stop")
        #expect(end["full_response"].string == tokens.joined() && end["thinking"] == "hm")
      }
      let memory = gateway.gateway.services.unsentMemory
      let held = memory.used
      let stuck = try StreamSwarm(gateway.port, count: 1, receiveBuffer: 4096, stalls: { _ in true }) { _ in
        TestClient.requestBytes("POST", ChatClient.path, json: ChatClient.body("Hi", session: "t"))
      }
      try await eventually("it is generated") {
        let path = "\(ChatClient.path)/sessions/t"
        return try await TestClient.get(gateway.port, path).json["messages"].count == 2
      }
      // The log, of a megabyte, and not as much again and its escapes.
      #expect(memory.used - held < 1_600_000, "\(memory.used - held)")
      stuck.stop()
    }
  }

  /// What an upload may queue is of the memory for bodies.
  @Test func uploadsAreCounted() async throws {
    try await withGateway({ $0.allowModelManagement = true }) { gateway, ollama in
      let memory = gateway.gateway.services.bodyMemory
      let path = "/api/blobs/sha256:01"
      var hold: MemoryHold? = try MemoryHold(memory.limit - memory.used - 1000, of: memory, for: nil)
      let refused = try await TestClient.request(gateway.port, "POST", path, [:], body: [1, 2, 3])
      #expect(refused.status == 503 && refused.headers["Retry-After"] != nil)
      #expect(ollama.requests.isEmpty)
      _ = hold.take()
      let taken = try await TestClient.request(gateway.port, "POST", path, [:], body: [1, 2, 3])
      #expect(taken.status == 201)
      try await eventually("it is given back") {
        try await TestClient.get(gateway.port, "/metrics").text.contains(
          "ollama_gateway_memory_bytes{budget=\"bodies\"} 0")
      }
    }
  }

  /// Where nothing is left new work is refused, what is small goes on, and all comes back with those who leave.
  @Test func atTheBoundNewWorkWaits() async throws {
    let ollama = try Self.ollama()
    try await withGateway(ollama: ollama) {
      $0.workers = 1
      // One of the histories has room.
      $0.maxUnsentBytes = 1 << 20
      $0.trustTheTest()
    } _: { gateway, _ in
      let client = ChatClient(gateway)
      _ = try await client.send(session: "s")
      let path = "\(ChatClient.path)/sessions/s"
      let memory = gateway.gateway.services.unsentMemory
      let stuck = try StreamSwarm(gateway.port, count: 1, receiveBuffer: 4096, stalls: { _ in true }) { _ in
        TestClient.requestBytes("GET", path)
      }
      try await eventually("one is held") { memory.used > 500_000 }
      let refused = try await TestClient.get(gateway.port, path)
      #expect(refused.status == 503)
      #expect(refused.headers["Retry-After"] != nil)
      #expect(try await TestClient.get(gateway.port, "/health").status == 200)
      let tags = try await TestClient.get(gateway.port, "/metrics").text
      #expect(tags.contains("ollama_gateway_memory_limit_bytes{budget=\"unsent\"} 1048576"))
      stuck.stop()
      try await eventually("all is given back") {
        try await TestClient.get(gateway.port, "/metrics").text.contains(
          "ollama_gateway_memory_bytes{budget=\"unsent\"} 0")
      }
      try await eventually("there is room again") {
        try await TestClient.get(gateway.port, path).status == 200
      }
    }
  }
}
