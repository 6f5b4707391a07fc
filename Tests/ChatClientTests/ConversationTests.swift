import JSON
import Testing

@testable import ChatClient

/// A chat whose connection holds.
@Suite struct ConversationTests {
  private let later = "2026-01-01T00:00:09.000Z"

  @Test func aGenerationIsPrintedAsItComes() {
    var chat = joined()
    let actions = chat.typed("Hi \"you\"")
    #expect(actions == [.lineTaken, .send(Array(#"{"type":"chat","message":"Hi \"you\""}"#.utf8))])
    #expect(chat.received(.messageReceived).isEmpty)
    #expect(chat.received(.streamStart(generation: "g")).isEmpty)
    #expect(chat.received(.chunk("Hel", number: 1)) == [.print(Array("Hel".utf8))])
    #expect(chat.received(.chunk("lo", number: 2)) == [.print(Array("lo".utf8))])
    #expect(chat.received(.chunk("", number: 3)).isEmpty)
    let end = chat.received(.streamEnd(text: "Hello", reason: "stop", timestamp: later))
    #expect(end == [.print([0x0A])])
    #expect(chat.inputEnded() == [.exit(0)])
  }

  @Test func whoWaitsIsToldHisPlaceAsItChanges() throws {
    var chat = joined()
    chat.ask("Hi")
    func queued(_ position: Int, _ seconds: Int?, isLoading: Bool = false) -> [ChatAction] {
      chat.received(.queued(position: position, seconds: seconds, isLoading: isLoading))
    }
    #expect(queued(2, 12) == [.note("All servers are busy: place 2 in the queue, about 12 s.")])
    #expect(queued(2, 9).isEmpty)
    #expect(queued(1, nil) == [.note("All servers are busy: place 1 in the queue.")])
    #expect(queued(1, 7, isLoading: true) == [.note("Ollama loads the model, about 7 s.")])
    _ = chat.received(.chunk("a", number: 1))
    #expect(queued(1, 3).isEmpty)
    let message = try JSONReader(maximumBytes: 1024).withDocument(
      #"{"type":"queued","position":3,"eta_seconds":12,"reason":"loading","model":"a"}"#
    ) { value throws(ChatServerMessage.MalformedError) in try ChatServerMessage(value) }
    #expect(message == .queued(position: 3, seconds: 12, isLoading: true))
  }

  /// A script that asks one question shall notice that its turn failed.
  @Test func theExitCodeTellsWhetherAnyTurnWasWhole() {
    let failure = ChatServerMessage.error(code: "not_found", message: "no such model", generation: "g")
    let end = ChatServerMessage.streamEnd(text: "", reason: "stop", timestamp: later)
    var failed = joined()
    failed.ask("Hi")
    _ = failed.received(failure)
    var half = failed
    #expect(failed.inputEnded() == [.exit(1)])
    half.ask("Again")
    _ = half.received(end)
    #expect(half.inputEnded() == [.exit(0)])
    var refused = joined()
    _ = refused.typed("Hi")
    _ = refused.received(.error(code: "invalid_request", message: "no", generation: nil))
    #expect(refused.inputEnded() == [.exit(1)])
    var commands = joined()
    _ = commands.typed("/nonsense")
    #expect(commands.inputEnded() == [.exit(0)])
  }

  @Test func doubledChunksAreIgnored() {
    var chat = joined()
    chat.ask("Hi")
    let text = chat.printed(
      .chunk("a", number: 1), .chunk("b", number: 2), .chunk("a", number: 1), .chunk("b", number: 2),
      .chunk("c", number: 3), .streamEnd(text: "abc", reason: "stop", timestamp: later))
    #expect(text == "abc\n")
  }

  @Test func aGapIsAskedForOnce() {
    var chat = joined()
    chat.ask("Hi")
    _ = chat.received(.chunk("a", number: 1))
    #expect(chat.received(.chunk("c", number: 3)).messages == [#"{"type":"resume","after":1}"#])
    #expect(chat.printed(.chunk("d", number: 4)).isEmpty)
    _ = chat.received(.resumed(generation: "g"))
    #expect(chat.printed(.chunk("b", number: 2), .chunk("c", number: 3), .chunk("d", number: 4)) == "bcd")
  }

  @Test func aGapThatStaysIsPassed() {
    var chat = joined()
    chat.ask("Hi")
    _ = chat.received(.chunk("a", number: 1))
    _ = chat.received(.chunk("c", number: 3))
    _ = chat.received(.resumed(generation: "g"))
    let actions = chat.received(.chunk("c", number: 3))
    #expect(actions.text == "c" && actions.messages.isEmpty)
    #expect(chat.printed(.streamEnd(text: "a?c…", reason: "stop", timestamp: later)) == "\n")
  }

  @Test func whatTheChunksLackedComesFromTheEnd() {
    var chat = joined()
    chat.ask("Hi")
    #expect(chat.printed(.chunk("Hel", number: 1)) == "Hel")
    #expect(chat.printed(.streamEnd(text: "Hello\n", reason: "stop", timestamp: later)) == "lo\n")
  }

  /// What is thought is no part of the text, and counts among its events.
  @Test func thoughtsAreShownApart() {
    var chat = joined()
    chat.ask("Hi")
    #expect(chat.received(.thinkingChunk("hm", number: 1)) == [.think(Array("hm".utf8))])
    #expect(chat.received(.thinkingChunk(" so", number: 2)) == [.think(Array(" so".utf8))])
    #expect(chat.received(.chunk("a", number: 3)) == [.think([0x0A]), .print(Array("a".utf8))])
    #expect(chat.received(.chunk("b", number: 4)) == [.print(Array("b".utf8))])
    #expect(chat.received(.chunk("", number: 5)).isEmpty)
    // Doubled ones are ignored, and its text is known without them.
    #expect(chat.received(.thinkingChunk("hm", number: 1)).isEmpty)
    #expect(chat.received(.streamEnd(text: "abc", reason: "stop", timestamp: later)).text == "c\n")
  }

  @Test func aGenerationOfThoughtsAloneIsExplained() {
    var chat = joined()
    chat.ask("Hi")
    _ = chat.received(.thinkingChunk("hm", number: 1))
    _ = chat.received(.chunk("", number: 2))
    let end = chat.received(.streamEnd(text: "", reason: "length", timestamp: later, note: "No tokens."))
    #expect(end == [.think([0x0A]), .complain("No tokens.")])
  }

  @Test func aGapInThoughtsIsAskedFor() {
    var chat = joined()
    chat.ask("Hi")
    _ = chat.received(.thinkingChunk("hm", number: 1))
    #expect(chat.received(.thinkingChunk("so", number: 3)).messages == [#"{"type":"resume","after":1}"#])
  }

  /// What is somebody else's to stop goes on where it was, and is not told again.
  @Test func aRefusedStopLeavesTheGeneration() {
    var chat = joined()
    _ = chat.received(.streamStart(generation: "g"))
    #expect(chat.printed(.chunk("a", number: 1)) == "a")
    #expect(chat.typed("/stop").messages == [#"{"type":"stop"}"#])
    let refusal = chat.received(.error(code: "forbidden", message: "Not yours."))
    #expect(refusal.complaints == ["Not yours."] && refusal.text.isEmpty)
    #expect(refusal.messages == [#"{"type":"resume","after":1}"#])
    let text = chat.printed(
      .chunk("b", number: 2), .resumed(generation: "g"), .chunk("b", number: 2), .chunk("c", number: 3),
      .streamEnd(text: "abc", reason: "stop", timestamp: later))
    #expect(text == "bc\n")
  }

  /// The same word, of a generation of one's own, is its end.
  @Test func aGenerationOfOnesOwnThatIsForbidden() {
    var chat = joined()
    chat.ask("Hi")
    _ = chat.typed("/stop")
    let actions = chat.received(.error(code: "forbidden", message: "Ollama says no."))
    #expect(actions == [.complain("Ollama says no.")])
    #expect(chat.typed("More").messages == [#"{"type":"chat","message":"More"}"#])
  }

  @Test func typedLinesWaitForTheirTurn() {
    var chat = joined()
    chat.ask("One")
    #expect(chat.typed("Two").isEmpty)
    #expect(chat.typed("/history").isEmpty)
    #expect(chat.typed("/clear").isEmpty)
    #expect(chat.inputEnded().isEmpty)
    let second = chat.received(.streamEnd(text: "1", reason: "stop", timestamp: later))
    #expect(second.text == "1\n" && second.messages == [#"{"type":"chat","message":"Two"}"#])
    _ = chat.received(.streamStart(generation: "h"))
    let third = chat.received(.streamEnd(text: "2\n", reason: "stop", timestamp: later))
    #expect(third.text == "2\n" && third.messages == [#"{"type":"history"}"#])
    let entries: [ChatServerMessage.HistoryEntry] = [
      .init(role: "user", content: "One", timestamp: later),
      .init(role: "assistant", content: "1\n", timestamp: later),
    ]
    let fourth = chat.received(.history(entries))
    #expect(fourth.text == "user: One\nassistant: 1\n" && fourth.messages == [#"{"type":"clear_history"}"#])
    #expect(chat.received(.historyCleared).contains(.exit(0)))
  }

  @Test func stopIsSentAtOnce() {
    var chat = joined()
    chat.ask("Tell me")
    _ = chat.typed("Then this")
    _ = chat.received(.chunk("On", number: 1))
    #expect(chat.typed("/stop").messages == [#"{"type":"stop"}"#])
    let end = chat.received(.streamEnd(text: "On", reason: "cancelled", timestamp: later))
    #expect(end.text == "\n" && end.complaints == ["the answer was stopped"])
    #expect(end.messages == [#"{"type":"chat","message":"Then this"}"#])
  }

  @Test func stopWaitsForAGenerationThatHasNotBegun() {
    var chat = joined()
    _ = chat.typed("Tell me")
    #expect(chat.typed("/stop") == [.lineTaken])
    #expect(chat.received(.streamStart(generation: "g")).messages == [#"{"type":"stop"}"#])
    _ = chat.received(.streamEnd(text: "", reason: "cancelled", timestamp: later))
    _ = chat.typed("More")
    #expect(chat.received(.streamStart(generation: "h")).messages.isEmpty)
  }

  @Test func stopWithoutAGeneration() {
    var chat = joined()
    #expect(chat.typed(" /stop ").complaints == ["no answer is running"])
  }

  @Test func anErrorEndsTheGeneration() {
    var chat = joined()
    chat.ask("Hi")
    _ = chat.received(.chunk("Hel", number: 1))
    let actions = chat.received(.error(code: "bad_gateway", message: "Ollama broke off."))
    #expect(actions == [.print([0x0A]), .complain("Ollama broke off.")])
    #expect(chat.typed("Again").messages.count == 1)
  }

  @Test func aRefusedMessage() {
    var chat = joined()
    _ = chat.typed("Hi")
    #expect(chat.received(.error(code: "too_many_requests", message: "No.")) == [.complain("No.")])
    let limited = ChatServerMessage.error(
      code: "too_many_requests", message: "rate limit: 2 requests a minute", retryAfter: 12)
    #expect(chat.received(limited) == [.complain("rate limit: 2 requests a minute; try again in 12 s")])
    #expect(chat.inputEnded() == [.exit(1)])
  }

  @Test func anothersGenerationIsToldFromItsBeginning() {
    var chat = ChatConversation(session: "s", model: nil, isInteractive: false)
    _ = chat.start()
    _ = chat.connected()
    let actions = chat.received(.connection(session: "s", generation: "g"))
    #expect(actions.messages.contains(#"{"type":"resume","after":0}"#))
    // Live chunks from where the session was joined on: they come again.
    #expect(chat.printed(.chunk("c", number: 3)).isEmpty)
    let text = chat.printed(
      .resumed(generation: "g"), .streamStart(generation: "g"), .chunk("a", number: 1),
      .chunk("b", number: 2),
      .chunk("c", number: 3), .streamEnd(text: "abc", reason: "stop", timestamp: later))
    #expect(text == "abc\n")
  }

  @Test func theTerminalIsPrompted() {
    var chat = ChatConversation(session: nil, model: "m", isInteractive: true)
    _ = chat.start()
    _ = chat.connected()
    #expect(chat.received(.connection(session: "new", generation: nil)).last == .prompt)
    #expect(chat.session == "new")
    #expect(chat.typed("").last == .prompt)
    #expect(chat.typed("Hi").messages == [#"{"type":"chat","message":"Hi","model":"m"}"#])
    _ = chat.received(.streamStart(generation: "g"))
    #expect(chat.received(.streamEnd(text: "!", reason: "stop", timestamp: later)).last == .prompt)
    _ = chat.typed("More")
    #expect(chat.inputEnded().last == .exit(0), "Ctrl-D does not wait")
  }

  @Test func aMessageThatIsTooLongIsNotSent() {
    var chat = joined()
    let actions = chat.typed(String(repeating: "\u{1}", count: 200_000))
    #expect(actions.messages.isEmpty && actions.complaints.count == 1)
  }

  /// What a gateway calls a session goes into the next request.
  @Test(arguments: [
    #"\r\n"#, #"a b\r\nX: 1"#, #"a HTTP/1.1\rX-Evil: 1\rY: "#, "a b", "a&b#c", "", "..", "é",
    String(repeating: "a", count: 129),
  ])
  func theNameOfASession(_ escaped: String) {
    func message(_ session: String) -> ChatServerMessage? {
      let json = Array(#"{"type":"connection","session_id":"\#(session)"}"#.utf8)
      let reader = JSONReader(maximumBytes: 1 << 20)
      return json.withUnsafeBytes { bytes in
        try? reader.withDocument(bytes) { root throws(ChatServerMessage.MalformedError) in
          try ChatServerMessage(root)
        }
      }
    }
    #expect(message(escaped) == nil)
    #expect(message("A.b_c-9") == .connection(session: "A.b_c-9", generation: nil))
  }

  /// A gateway that lies about its numbers does not end the program.
  @Test(arguments: [
    ("9223372036854775807", nil), ("2147483648", nil), ("-1", nil), ("1.5", nil), (#""1""#, nil),
    ("null", nil),
    ("2147483647", 2_147_483_647), ("1", 1),
  ])
  func theNumberOfAChunk(_ text: String, _ number: Int?) {
    let json = Array(#"{"type":"stream_chunk","content":"a","done":false,"seq":\#(text)}"#.utf8)
    let reader = JSONReader(maximumBytes: 1 << 20)
    let message = json.withUnsafeBytes { bytes in
      try? reader.withDocument(bytes) { root throws(ChatServerMessage.MalformedError) in
        try ChatServerMessage(root)
      }
    }
    #expect(message == number.map { .chunk("a", number: $0) })
    guard let number else { return }
    var chat = joined()
    chat.ask("Hi")
    for _ in 0..<3 {
      _ = chat.received(.chunk("a", number: number))
      _ = chat.received(.resumed(generation: "g"))
      _ = chat.received(.chunk("a", number: number))
    }
  }
}
