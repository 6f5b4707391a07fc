import GatewayTesting
import Testing

/// Text and numbers that RFC 8259 does not have and Go takes: in requests and in Ollama's responses.
@Suite(.serialized) struct ChatTextTests {
  /// The bytes of a message, of which one belongs to no character.
  private static func body(_ text: [UInt8], _ more: String = "") -> [UInt8] {
    Array(#"{"message":""#.utf8) + text + Array((#""\#(more)}"#).utf8)
  }

  private static let json: TestHeaders = ["Content-Type": "application/json"]

  @Test(arguments: [
    (Array(#"half \ud83d!"#.utf8), "half \u{FFFD}!"), (Array(#"\ud83d\ud83d\ude00"#.utf8), "\u{FFFD}😀"),
    (Array("a".utf8) + [0xE2, 0x82] + Array("b".utf8), "a\u{FFFD}\u{FFFD}b"),
  ])
  func aMessageOfBadText(text: [UInt8], expected: String) async throws {
    try await withGateway { gateway, ollama in
      let response = try await TestClient.run(gateway.port) {
        try $0.request("POST", ChatClient.path, Self.json, body: Self.body(text, #","session_id":"s""#))
      }
      #expect(response.status == 200)
      #expect(ollama.snapshot.lastPrompt.map { Array($0.utf8) } == [Array("user: \(expected)".utf8)])
      let history = try await ChatClient(gateway).history("s")
      #expect(history["messages"][0]["content"].string.map { Array($0.utf8) } == Array(expected.utf8))
    }
  }

  @Test(arguments: ["\u{0}", "{}", " x", #"{"message":"other"}"#])
  func theFirstObjectOfABodyIsTheMessage(rest: String) async throws {
    try await withGateway { gateway, ollama in
      let body = Self.body(Array("Hello".utf8)) + Array(rest.utf8)
      let response = try await TestClient.run(gateway.port) {
        try $0.request("POST", ChatClient.path, Self.json, body: body)
      }
      #expect(response.status == 200)
      #expect(ollama.snapshot.lastPrompt == ["user: Hello"])
    }
  }

  /// Ollama gets each digit.
  @Test func largeNumbersInOptions() async throws {
    let numbers = [
      "18446744073709551616", "-123456789012345678901234567890", "1e400", "18446744073709551615",
    ]
    let ollama = try ScriptedOllama { _ in .chat() }
    try await withGateway(ollama: ollama) { gateway, ollama in
      for number in numbers {
        let more = #""options":{"seed":\#(number),"stop":["a",\#(number)],"n":{"x":\#(number)}}"#
        #expect(try await ChatClient(gateway).send("Hi", more).status == 200)
        let sent = String(decoding: try #require(ollama.requests.last).body.bytes, as: UTF8.self)
        #expect(
          sent.contains(#""options":{"seed":\#(number),"stop":["a",\#(number)],"n":{"x":\#(number)},"#),
          "\(sent)")
      }
      for field in [#""temperature":1e400"#, #""max_tokens":18446744073709551616"#] {
        #expect(try await ChatClient(gateway).send("Hi", field).status == 422)
      }
    }
  }

  /// Over a WebSocket a half character is text, and bytes that are no UTF-8 end the connection.
  @Test func aMessageOfHalfACharacterOverAWebSocket() async throws {
    try await withGateway { gateway, ollama in
      let chat = try await ChatWebSocket(gateway, session: "s")
      await chat.say("chat", #""message":"half \ud83d","options":{"seed":18446744073709551616}"#)
      _ = try await chat.receive(through: "stream_end")
      #expect(ollama.snapshot.lastPrompt == ["user: half \u{FFFD}"])
      await chat.socket.send(TestFrame(TestFrame.Opcode.text, Self.body([0xFF], #","type":"chat""#)))
      #expect(try await chat.receiveClose().code == 1007)
    }
  }

  /// A line with bad bytes, half a character and something behind the object; an end of a line that only some readers know.
  private static let lines: [[UInt8]] = [
    Array(#"{"message":{"role":"assistant","content":"a"#.utf8) + [0xE2, 0x82]
      + Array("\"},\"done\":false}\n".utf8),
    Array(#"{"message":{"role":"assistant","content":"\ud83d"},"n":18446744073709551616,"done":false}"#.utf8)
      + Array("\u{0}\n".utf8),
    Array("{\"message\":{\"content\":\"b\u{2028}\u{85}\"},\"done\":false}\n".utf8),
    Array((OllamaWire.chatEnd(model: "tinyllama:latest", reason: "stop", evalCount: 3) + "{}\n").utf8),
  ]
  private static let script: Script = Script(
    [.streamHead()] + lines.map { .chunk($0) } + [.endChunks])

  @Test func aGenerationOfBadText() async throws {
    let ollama = try ScriptedOllama { _ in Self.script }
    try await withGateway(ollama: ollama) { gateway, _ in
      let expected = "a\u{FFFD}\u{FFFD}\u{FFFD}b\u{2028}\u{85}"
      let whole = try await ChatClient(gateway).send("Hi")
      #expect(whole.status == 200)
      #expect(whole.json["response"].string.map { Array($0.utf8) } == Array(expected.utf8))
      for accept in ["text/event-stream", "application/x-ndjson"] {
        let stream = try await ChatClient(gateway).stream("Hi", accept: accept)
        #expect(Array(stream.streamedText.utf8) == Array(expected.utf8))
        #expect(stream.shape == ["stream_start", "stream_chunk", "stream_end"])
        let text = String(decoding: stream.body, as: UTF8.self)
        #expect(text.contains(#""content":"b\u2028\u0085""#))
        #expect(!text.unicodeScalars.contains { ["\u{85}", "\u{2028}", "\u{2029}"].contains($0) })
      }
    }
  }

  /// What is relayed stays as it is, byte for byte.
  @Test func aRelayedResponseIsNotChanged() async throws {
    let ollama = try ScriptedOllama { _ in Self.script }
    try await withGateway(ollama: ollama) { gateway, ollama in
      let body =
        Array(#"{"model":"m","messages":[{"role":"user","content":"\ud83d"#.utf8) + [0xFF]
        + Array("\u{2028}\"}]}\u{0}".utf8)
      let response = try await TestClient.run(gateway.port) {
        try $0.request("POST", "/api/chat", Self.json, body: body)
      }
      #expect(response.status == 200)
      #expect(response.body == Array(Self.lines.joined()))
      #expect(ollama.requests.last?.body.bytes == body)
    }
  }
}
