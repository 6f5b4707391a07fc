import Configuration
import GatewayTesting
import Testing

/// Whose sessions are whose, over WebSockets.
@Suite(.serialized) struct SocketOwnerTests {
  @Test func whoKnowsARandomIdTakesPart() async throws {
    try await withGateway(ollama: .pausing(), { $0.trustTheTest() }) { gateway, ollama in
      let ann = try await Caller(gateway, at: "203.0.113.1").socket()
      let session = try #require(ann.connection["session_id"].string)
      let bob = try await Caller(gateway, at: "203.0.113.2").socket(session: session)
      #expect(bob.connection["session_id"].string == session)
      await ann.chat("Hi")
      while try await ann.receive()["seq"] != 2 {}
      while try await bob.receive()["seq"] != 2 {}
      // To stop another's generation is its owner's.
      await bob.say("stop")
      #expect(try await bob.take("error")["code"] == "forbidden")
      await bob.say("resume", #""after":1"#)
      _ = try await bob.take("resumed")
      #expect(try await bob.take("stream_chunk")["seq"] == 2)
      ollama.open("go")
      #expect(try await bob.receive(through: "stream_end").last?["done_reason"] == "stop")
      #expect(try await ann.receive(through: "stream_end").last?["done_reason"] == "stop")

      for (type, members, expected) in [
        ("clear_history", "", "error"), ("command", #""command":"clear_history""#, "error"),
        ("get_history", "", "history"), ("command", #""command":"get_history""#, "command_response"),
      ] {
        await bob.say(type, members)
        let message = try await bob.take(expected)
        if expected == "error" { #expect(message["code"] == "forbidden") }
        if expected == "history" { #expect(message["count"] == 2) }
      }
      await bob.chat("No, this", #""regenerate":true"#)
      #expect(try await bob.take("error")["code"] == "forbidden")
      await ann.say("clear_history")
      _ = try await ann.take("history_cleared")
    }
  }

  /// One that is refused when its turn comes leaves those behind it as they were asked for.
  @Test func aRefusedTurnIsNotTakenForTheNext() async throws {
    try await withGateway(ollama: .pausing(), { $0.trustTheTest() }) { gateway, ollama in
      let ann = try await Caller(gateway, at: "203.0.113.1").socket()
      let session = try #require(ann.connection["session_id"].string)
      let bob = try await Caller(gateway, at: "203.0.113.2").socket(session: session)
      await ann.chat("Hi")
      while try await bob.receive()["seq"] != 2 {}
      await bob.chat("No, this", #""regenerate":true"#)
      await bob.chat("And this", #""stream":false"#)
      for _ in 0..<2 { _ = try await bob.take("message_queued") }
      ollama.open("go")
      let messages = try await bob.receive(through: "response")
      #expect(messages.filter { $0["type"] == "error" }.map { $0["code"] } == ["forbidden"])
      #expect(messages.filter { $0["type"] == "stream_end" }.count == 1, "the other one's")
      #expect(messages.last?["content"] == "One two three")
    }
  }

  @Test func oneStopsHisOwnTurn() async throws {
    try await withGateway(ollama: .pausing(), { $0.trustTheTest() }) { gateway, ollama in
      let ann = try await Caller(gateway, at: "203.0.113.1").socket()
      let session = try #require(ann.connection["session_id"].string)
      let bob = try await Caller(gateway, at: "203.0.113.2").socket(session: session)
      for stopping in [bob, ann] {
        await bob.chat("Hi")
        while try await bob.receive()["seq"] != 2 {}
        await stopping.say("stop")
        #expect(try await bob.receive(through: "stream_end").last?["done_reason"] == "cancelled")
      }
      ollama.open("go")
    }
  }

  @Test func eachOwnerHasHisOwnOfAName() async throws {
    try await withGateway(ollama: .pausing(), { $0.trustTheTest() }) { gateway, ollama in
      let ann = try await Caller(gateway, at: "203.0.113.1").socket(session: "tour")
      let bob = try await Caller(gateway, at: "203.0.113.2").socket(session: "tour")
      await ann.chat("Hi")
      while try await ann.receive()["seq"] != 2 {}
      // There is nothing here to stop, to hear or to read, and another name does not help.
      await bob.say("stop")
      await bob.say("resume")
      #expect(try await bob.take("error")["code"] == "not_found")
      await bob.say("resume", #""session_id":"tour""#)
      #expect(try await bob.take("error")["code"] == "not_found")
      await bob.say("get_history")
      #expect(try await bob.take("history")["count"] == 0)
      await bob.say("clear_history")
      _ = try await bob.take("history_cleared")
      let other = try await Caller(gateway, at: "203.0.113.2").socket()
      await other.say("resume", #""session_id":"tour""#)
      #expect(try await other.take("error")["code"] == "not_found")
      ollama.open("go")
      #expect(try await ann.receive(through: "stream_end").last?["done_reason"] == "stop")
      await ann.say("get_history")
      #expect(try await ann.take("history")["count"] == 2)
    }
  }
}
