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

/// What waits for a listener has a bound, and the bound is none for a listener that reads.
@Suite struct WebSocketBoundsTests {
  /// The message that ends a generation has all of it once more.
  @Test func aGenerationOfManyMegabytesArrives() async throws {
    let piece = String(repeating: "Füchse \"\\ ", count: 400)
    let count = 800
    let ollama = try ScriptedOllama { _ in .chat(Array(repeating: piece, count: count)) }
    try await withGateway(ollama: ollama) { gateway, _ in
      let chat = try await ChatWebSocket(gateway, session: "s")
      await chat.chat()
      let events = try await chat.receive(through: "stream_end")
      #expect(events.streamedText.utf8.count > 3 << 20)
      #expect(events.streamedText == String(repeating: piece, count: count))
      #expect(events.last?["full_response"].string == events.streamedText)
      await chat.say("get_history")
      let history = try await chat.take("history")
      #expect(history["messages"][1]["content"].string == events.streamedText)
      #expect(try await chat.socket.close() == 1000)
    }
  }

  /// One that reads nothing is dropped, and another one of the same session does not notice.
  @Test func aListenerThatStopsReadingIsDropped() async throws {
    let ollama = try ScriptedOllama { _ in
      .chat(Array(repeating: String(repeating: "x", count: 4000), count: 1500))
    }
    let patient = Intervals(socketClose: .seconds(600))
    try await withGateway(ollama: ollama, intervals: patient) {
      // Longer than the test itself may be without a core, under the thread sanitizer.
      $0.sendTimeout = .seconds(20)
    } _: { gateway, _ in
      let stuck = try await ChatWebSocket(gateway, session: "s", "client_id=stuck", receiveBuffer: 4096)
      await stuck.socket.stopReading()
      let chat = try await ChatWebSocket(gateway, session: "s")
      await chat.chat()
      let events = try await chat.receive(through: "stream_end")
      #expect(events.streamedText.utf8.count == 6_000_000)
      #expect(events.compactMap { $0["seq"].int } == Array(1...1501))
      try await eventually("the one that is stuck is shown out") {
        let list = try await TestClient.get(gateway.port, "/api/v1/chat/connections").json["connections"]
        return list[0]["client_id"] == "stuck" && list[0]["state"] == "closing"
      }
      await stuck.socket.startReading()
      let close = try await stuck.receiveClose()
      #expect(close.code == 1013)
      #expect(close.reason.contains("keep up"))
      await chat.say("ping")
      #expect(try await chat.take("pong")["timestamp"].string != nil)
    }
  }

  /// Thousands of questions at once: each is served or refused, and the socket is as it was.
  @Test func aFloodOfQuestions() async throws {
    try await withGateway { gateway, _ in
      let chat = try await ChatWebSocket(gateway, session: "s")
      await chat.chat()
      _ = try await chat.receive(through: "stream_end")
      for _ in 0..<2000 { await chat.say("get_history") }
      var served = 0
      for _ in 0..<2000 {
        let message = try await chat.receive()
        if message["type"] == "history" {
          served += 1
          #expect(message["count"] == 2)
        } else {
          #expect(message["type"] == "error" && message["code"] == "too_many_requests", "\(message)")
        }
      }
      #expect(served >= ChatSocketProtocol.questionLimit)
      await chat.say("ping")
      _ = try await chat.take("pong")
    }
  }
}
