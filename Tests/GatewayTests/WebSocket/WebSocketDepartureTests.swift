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
import Testing

/// Clients that leave at a bad moment: before their connection was a WebSocket, or with turns that wait.
@Suite struct WebSocketDepartureTests {
  private func sessionCount(_ port: UInt16) async throws -> Int? {
    try await TestClient.get(port, "/api/v1/chat/sessions").json["total"].int
  }

  /// A session in which nothing was said goes with whoever joined it, however short that was: thousands that come and go
  /// push nothing out.
  @Test func aClientThatLeavesDuringItsHandshakeLeavesItsSession() async throws {
    try await withGateway({ $0.maxSessions = 50 }) { gateway, _ in
      _ = try await ChatClient(gateway).send("Hello", session: "real")
      for round in 0..<8 {
        for number in 0..<40 {
          let client = try await TestClient.connect(gateway.port)
          try await client.perform { connection in
            try connection.send(TestWebSocket.handshake("/ws?session_id=gone-\(round)-\(number)"))
            switch number % 3 {
            case 0: connection.reset()
            case 1: connection.close()
            default: connection.shutdownWrite()
            }
          }
        }
        try await eventually("all have left") { try await sessionCount(gateway.port) == 1 }
      }
      #expect(try await ChatClient(gateway).history("real")["total"] == 2)
      #expect(try await TestClient.get(gateway.port, "/api/v1/chat/connections").json["count"] == 0)
    }
  }

  /// Without a descriptor a connection cannot become a WebSocket.
  @Test func aConnectionThatGetsNoDescriptorLeavesItsSession() async throws {
    let ollama = try ScriptedOllama()
    defer { ollama.stop() }
    let program = try await GatewayProcess.start(ollama: ollama.port)
    let client = try await TestClient.connect(program.port)
    #expect(try await client.perform { try $0.get("/health").status } == 200)
    try program.limitDescriptors(to: 3)
    try await client.perform { connection in
      try connection.send(TestWebSocket.handshake("/ws?session_id=gone"))
      // With the response, or without.
      while let _ = try connection.receiveBytes() {}
    }
    try program.limitDescriptors(to: 1000)
    try await eventually("it has left", state: { program.errors }) {
      try await sessionCount(program.port) == 0
    }
    try await eventually("it is logged", state: { program.errors }) {
      program.errors.contains("no descriptor is left")
    }
    let chat = try await ChatWebSocket(program.port, session: "s")
    await chat.say("ping")
    _ = try await chat.take("pong")
    #expect(try await program.stop() == 0)
  }

  /// A phone that is away for a moment loses nothing, and nothing is generated for nobody.
  @Test func aTurnWaitsUntilSomebodyListens() async throws {
    try await withGateway(ollama: .pausing()) {
      $0.sessionGrace = .seconds(600)
    } _: { gateway, ollama in
      try await leaveTwoTurns(gateway)
      ollama.open("go")
      try await eventually("the first turn is over") {
        try await ChatClient(gateway).history("s")["total"] == 2
      }
      // The registry has looked for the next turn before it showed the message.
      #expect(
        try await TestClient.get(gateway.port, "/api/v1/chat/sessions").json["sessions"][0]["generating"]
          == false)
      #expect(ollama.snapshot.exchanges(for: "/api/chat").count == 1)
      // By HTTP a turn does not wait for that.
      #expect(try await ChatClient(gateway).send("three", session: "s").json["response"] == "One two three")
      let back = try await ChatWebSocket(gateway, session: "s")
      #expect(back.connection["generation"] == nil)
      let events = try await back.receive(through: "stream_end")
      #expect(events.shape == ["stream_start", "stream_chunk", "stream_end"])
      #expect(events.streamedText == "One two three")
      let asked = ollama.snapshot.exchanges(for: "/api/chat").map {
        $0.request.json["messages"].array.last?["content"].string
      }
      #expect(asked == ["one", "three", "two"])
    }
  }

  /// What was being told is told on, and then what waited.
  @Test func whoComesBackHearsTheRestAndWhatWaited() async throws {
    try await withGateway(ollama: .pausing()) {
      $0.sessionGrace = .seconds(600)
    } _: { gateway, ollama in
      try await leaveTwoTurns(gateway)
      ollama.open("go")
      try await eventually("the first turn is over") {
        try await ChatClient(gateway).history("s")["total"] == 2
      }
      let back = try await ChatWebSocket(gateway, session: "s", "after=2")
      let rest = try await back.receive(through: "stream_end")
      #expect(rest.compactMap { $0["seq"].int } == [3, 4])
      #expect(rest.last?["full_response"] == "One two three")
      let next = try await back.receive(through: "stream_end")
      #expect(next.shape == ["stream_start", "stream_chunk", "stream_end"])
      #expect(next.compactMap { $0["seq"].int } == [1, 2, 3, 4])
    }
  }

  @Test func aTurnThatNobodyComesBackForFails() async throws {
    try await withGateway(ollama: .pausing()) {
      $0.sessionGrace = .milliseconds(50)
    } _: { gateway, ollama in
      try await leaveTwoTurns(gateway)
      try await eventually("both are over") {
        try await ChatClient(gateway).history("s")["total"] == 3
      }
      let messages = try await ChatClient(gateway).history("s")["messages"].array
      #expect(messages.map { $0["content"].string } == ["one", "One two ", "two"])
      #expect(messages.map { $0["failed"].bool } == [nil, nil, true])
      #expect(ollama.snapshot.exchanges(for: "/api/chat").count == 1)
    }
  }

  /// Leaves while the generation of “one” has begun, and “two” waits.
  private func leaveTwoTurns(_ gateway: RunningGateway) async throws {
    let chat = try await ChatWebSocket(gateway, session: "s")
    await chat.chat("one")
    while try await chat.receive()["seq"] != 2 {}
    await chat.chat("two")
    _ = try await chat.take("message_queued")
    // Asked behind it, and told: the turn waits.
    await chat.say("history")
    _ = try await chat.take("history")
    await chat.socket.kill()
    try await eventually("it has left") {
      try await TestClient.get(gateway.port, "/api/v1/chat/connections").json["count"] == 0
    }
  }
}
