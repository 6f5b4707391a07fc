import Configuration
import GatewayTesting
import Testing

/// The client of the command line and a whole gateway.
@Suite struct CommandLineChatTests {
  @Test func linesHaveTheirTurnsInOrder() async throws {
    try await withGateway { gateway, ollama in
      let chat = try CommandLineChat(port: gateway.port, session: "s", model: "smollm2:135m")
      chat.type("One\n\n  \nTwo\n/history\n/clear\n/history\nThree")
      #expect(await chat.finish() == 0)
      let text = "Hello from the fake Ollama.\n"
      #expect(
        chat.output == text + text + "user: One\nassistant: \(text)user: Two\nassistant: \(text)"
          + text)
      #expect(chat.errors.isEmpty)
      let requests = ollama.snapshot.exchanges(for: "/api/chat").map(\.request.json)
      #expect(requests.map { $0["model"].string } == ["smollm2:135m", "smollm2:135m", "smollm2:135m"])
      #expect(try await ChatClient(gateway).history("s")["total"] == 2)
    }
  }

  @Test func nothingTypedIsNothingSaid() async throws {
    try await withGateway { gateway, _ in
      let chat = try CommandLineChat(port: gateway.port)
      #expect(await chat.finish() == 0)
      #expect(chat.output.isEmpty && chat.errors.isEmpty)
    }
  }

  /// A token is printed when it comes.
  @Test func stopEndsTheGeneration() async throws {
    let ollama = try ScriptedOllama { _ in
      [.streamHead(), .chunk(OllamaWire.chatLine(model: "m", "Once")), .silence]
    }
    try await withGateway(ollama: ollama) { gateway, _ in
      let chat = try CommandLineChat(port: gateway.port)
      chat.type("Tell me\n")
      try await eventually("the first token is printed") { chat.output == "Once" }
      chat.type("/stop\n")
      try await eventually("the generation is stopped") { !chat.errors.isEmpty }
      #expect(await chat.finish() == 0)
      #expect(chat.output == "Once\n")
      #expect(chat.errors == ["ollama-gateway: the answer was stopped"])
    }
  }

  @Test func aFailureIsTold() async throws {
    try await withGateway { gateway, _ in
      let chat = try CommandLineChat(port: gateway.port, model: "unknown")
      chat.type("Hi\n")
      try await eventually("the generation's failure is told") { chat.errors.count == 1 }
      chat.type("/nonsense\n/stop\n")
      try await eventually("all is told", state: { "\(chat.errors)" }) { chat.errors.count == 3 }
      #expect(await chat.finish() == 1, "its only question failed")
      #expect(chat.errors.contains { $0.contains("unknown:latest") })
      #expect(chat.errors.contains { $0.contains("unknown command /nonsense") })
      #expect(chat.output.isEmpty)
    }
  }

  /// On a terminal what the model thinks is dimmed; elsewhere there is the text alone.
  @Test("What a model thinks is dimmed on a terminal and left out elsewhere", arguments: [true, false])
  func thoughts(writesToTerminal: Bool) async throws {
    let ollama = try ScriptedOllama { _ in .thinkingChat(["h\u{1b}m", " so"], ["Yes", "."]) }
    try await withGateway(ollama: ollama) { gateway, _ in
      let chat = try CommandLineChat(port: gateway.port, writesToTerminal: writesToTerminal)
      chat.type("Hi\n")
      #expect(await chat.finish() == 0)
      let (dim, normal) = ("\u{1b}[2m", "\u{1b}[22m")
      let thoughts = "\(dim)hm\(normal)\(dim) so\(normal)\(dim)\n\(normal)"
      #expect(chat.output == (writesToTerminal ? thoughts : "") + "Yes.\n")
      #expect(chat.errors.isEmpty)
    }
  }

  @Test func aGatewayThatIsNotThere() async throws {
    let refusing = try RefusingPort()
    let chat = try CommandLineChat(port: refusing.port)
    #expect(await chat.finish() == 1)
    #expect(chat.errors.count == 1 && chat.errors[0].contains("cannot reach the gateway: ws://127.0.0.1:"))
    #expect(chat.errors[0].hasSuffix("Connection refused"))
  }

  /// The connection is cut at many places of a generation, in words and in frames.
  @Test(arguments: [[701, 1502, 2803, 904], [1205, 3606, 707], [2008, 709, 710, 1711, 2212]])
  func aCutConnectionLosesAndDoublesNothing(cuts: [Int]) async throws {
    // The text alone is longer than all cuts together: however late a connection comes, the bytes of its cut follow.
    let word = String(repeating: "o", count: 40)
    let tokens = (0..<400).map { number in "w\(word)\(number)é" + (number.isMultiple(of: 3) ? " " : "") }
    let ollama = try ScriptedOllama { _ in .chat(tokens, every: .milliseconds(3)) }
    try await withGateway(ollama: ollama) { gateway, _ in
      let proxy = try #require(CuttingProxy(to: gateway.port, cuts: cuts))
      defer { proxy.stop() }
      let chat = try CommandLineChat(port: proxy.port, session: "s")
      chat.type("Go on\n")
      #expect(await chat.finish() == 0)
      #expect(chat.output == tokens.joined() + "\n")
      #expect(chat.errors.isEmpty)
      #expect(proxy.cutCount == cuts.count)
      let history = try await ChatClient(gateway).history("s")
      #expect(history["total"] == 2)
      #expect(history["messages"][1]["content"].string == tokens.joined())
    }
  }

  /// Lines come from a pipe, and what is printed goes to a terminal, or to a file that gets what the model has said.
  @Test(arguments: [true, false])
  func whatGoesToATerminalIsCleaned(writesToTerminal: Bool) async throws {
    let said = ["\u{1b}]0;title\u{7}", "\u{9b}31m", "a\u{202e}b", "\r\u{200f}c\n"]
    let ollama = try ScriptedOllama { _ in .chat(said) }
    try await withGateway(ollama: ollama) { gateway, _ in
      let chat = try CommandLineChat(port: gateway.port, session: "s", writesToTerminal: writesToTerminal)
      chat.type("Hi\n")
      try await eventually("the text is printed") { chat.output.hasSuffix("c\n") }
      _ = try await TestClient.post(
        gateway.port, "/api/v1/chat/broadcast", json: #"{"message":"\u001b[2Jall\nwell\u202e"}"#)
      try await eventually("it is told") { !chat.errors.isEmpty }
      #expect(await chat.finish() == 0)
      #expect(chat.output == (writesToTerminal ? "]0;title31mabc\n" : said.joined()))
      #expect(chat.errors == ["ollama-gateway: broadcast: [2Jall well"])
    }
  }
}
