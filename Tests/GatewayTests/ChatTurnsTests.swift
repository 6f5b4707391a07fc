import Configuration
@testable import APIReference
@testable import Chat
@testable import Gateway
@testable import Handling
@testable import Operations
@testable import Pages
@testable import Relay
@testable import Upstreams
import GatewayTesting
import Sessions
import Testing

/// Turns of one session run one after the other, in the order of arrival; sessions run side by side.
@Suite(.serialized) struct ChatTurnsTests {
  /// An Ollama whose response to a message waits at the gate of the message's name.
  static func gated() throws -> ScriptedOllama {
    try ScriptedOllama { request in
      let message = request.json["messages"].array.last?["content"].string ?? ""
      return [.gate(message)] + .chat(["re: ", message])
    }
  }

  @Test func oneAfterTheOther() async throws {
    try await withGateway(ollama: try Self.gated()) { gateway, ollama in
      let chat = ChatClient(gateway)
      let names = (1...8).map { "m\($0)" }
      var clients: [TestClient] = []
      for (number, name) in names.enumerated() {
        // On connections of their own, and so on any worker.
        clients.append(try await chat.open(name, session: "s"))
        try await gateway.waitForTurns(running: 1, waiting: number)
      }
      for (number, name) in names.enumerated() {
        try await ollama.wait("\(name) is asked") { $0.waiting(at: name) == 1 }
        #expect(ollama.snapshot.requestCount == number + 1, "the others wait")
        #expect(try await chat.history("s")["total"] == .number(Double(2 * number + 1)))
        ollama.open(name)
        let response = try await clients[number].perform { try $0.readResponse() }
        #expect(response.streamedText == "re: \(name)")
        #expect(response.shape.last == "stream_end")
      }
      let expected = names.flatMap { ["user: \($0)", "assistant: re: \($0)"] }.dropLast(2)
      #expect(ollama.snapshot.lastPrompt == expected + ["user: m8"])
    }
  }

  @Test func sessionsRunSideBySide() async throws {
    try await withGateway(ollama: try Self.gated()) { gateway, ollama in
      let chat = ChatClient(gateway)
      var clients: [TestClient] = []
      for number in 0..<20 { clients.append(try await chat.open("go", session: "s\(number)")) }
      try await ollama.wait("all are asked at once") { $0.waiting(at: "go") == 20 }
      ollama.open("go")
      for client in clients {
        #expect(try await client.perform { try $0.readResponse() }.streamedText == "re: go")
      }
    }
  }

  @Test func aFullQueueIsTooManyRequests() async throws {
    try await withGateway(ollama: try Self.gated()) { gateway, ollama in
      let chat = ChatClient(gateway)
      var clients: [TestClient] = []
      for number in 0...16 {
        clients.append(try await chat.open("go", session: "s"))
        try await gateway.waitForTurns(running: 1, waiting: number)
      }
      for response in [try await chat.send("x", session: "s"), try await chat.stream("x", session: "s")] {
        #expect(response.status == 429)
        #expect(response.headers["Retry-After"] != nil)
        RelayErrorsTests.expectForm(of: ChatClient.path, response)
      }
      let other = chat
      async let elsewhere = other.send("free", session: "t")
      try await ollama.wait("another session is not concerned") { $0.waiting(at: "free") == 1 }
      ollama.open("free")
      #expect(try await elsewhere.status == 200)
      ollama.open("go")
      for client in clients {
        #expect(try await client.perform { try $0.readResponse() }.shape.last == "stream_end")
      }
      #expect(try await chat.history("s")["total"] == 34)
    }
  }

  @Test func aWaitingClientThatLeavesGivesUpItsPlace() async throws {
    try await withGateway(ollama: try Self.gated()) { gateway, ollama in
      let chat = ChatClient(gateway)
      let first = try await chat.open("first", session: "s")
      try await gateway.waitForTurns(running: 1, waiting: 0)
      let leaving = try await chat.open("leaving", session: "s")
      try await gateway.waitForTurns(running: 1, waiting: 1)
      let last = try await chat.open("last", session: "s")
      try await gateway.waitForTurns(running: 1, waiting: 2)
      try await leaving.perform { $0.reset() }
      try await gateway.waitForTurns(running: 1, waiting: 1)
      ollama.open("first")
      ollama.open("last")
      #expect(try await first.perform { try $0.readResponse() }.streamedText == "re: first")
      #expect(try await last.perform { try $0.readResponse() }.streamedText == "re: last")
      #expect(ollama.snapshot.lastPrompt == ["user: first", "assistant: re: first", "user: last"])
      #expect(ollama.snapshot.requestCount == 2, "nobody asked Ollama for the one that left")
    }
  }

  /// A failed turn lets the next one run.
  @Test func aFailureEndsATurn() async throws {
    let ollama = try ScriptedOllama { request in
      request.text.contains("bad") ? [.gate("bad"), .reset] : .chat(["fine"])
    }
    try await withGateway(ollama: ollama) { gateway, ollama in
      let chat = ChatClient(gateway)
      let bad = try await chat.open("bad", session: "s")
      try await gateway.waitForTurns(running: 1, waiting: 0)
      let good = try await chat.open("good", session: "s")
      try await gateway.waitForTurns(running: 1, waiting: 1)
      ollama.open("bad")
      #expect(try await bad.perform { try $0.readResponse() }.status == 502)
      #expect(try await good.perform { try $0.readResponse() }.streamedText == "fine")
    }
  }
}

extension RunningGateway {
  /// Waits until so many turns run and wait.
  func waitForTurns(running: Int, waiting: Int) async throws {
    let registry = gateway.services.registry
    try await eventually("\(running) turns run and \(waiting) wait") {
      let counts = registry.currentCounts
      return counts.runningTurns == running && counts.waitingTurns == waiting
    }
  }

  /// The number of the last event of a session's generation; 0 where there is none.
  func lastEvent(of session: String) async -> Int {
    guard let id = SessionID(session) else { return 0 }
    return await gateway.services.registry.generation(of: id)?.log.lastNumber ?? 0
  }
}
