import Testing

@testable import ChatClient

/// A chat whose connection breaks.
@Suite struct RecoveryTests {
  private let before = "2025-12-31T00:00:00.000Z"
  private let later = "2026-01-01T00:00:09.000Z"

  private func user(_ text: String, at time: String) -> ChatServerMessage.HistoryEntry {
    .init(role: "user", content: text, timestamp: time)
  }

  private func assistant(_ text: String, at time: String) -> ChatServerMessage.HistoryEntry {
    .init(role: "assistant", content: text, timestamp: time)
  }

  @Test func aGenerationGoesOnInMidWord() {
    var chat = joined()
    chat.ask("Hi")
    #expect(chat.printed(.chunk("Hel", number: 1)) == "Hel")
    let actions = chat.lose(thenJoin: "g")
    #expect(actions.messages == [#"{"type":"resume","after":1}"#])
    // What the gateway tells by itself, before it has read the request.
    #expect(chat.printed(.chunk(" there", number: 3)).isEmpty)
    let text = chat.printed(
      .resumed(generation: "g"), .chunk("lo", number: 2), .chunk(" there", number: 3),
      .streamEnd(text: "Hello there", reason: "stop", timestamp: later))
    #expect(text == "lo there\n")
  }

  @Test func aGenerationThatEndedMeanwhileIsResumed() {
    var chat = joined()
    chat.ask("Hi")
    _ = chat.received(.chunk("Hel", number: 1))
    #expect(chat.lose(thenJoin: nil).messages == [#"{"type":"resume","after":1}"#])
    let text = chat.printed(
      .resumed(generation: "g"), .chunk("lo", number: 2),
      .streamEnd(text: "Hello", reason: "stop", timestamp: later))
    #expect(text == "lo\n")
  }

  @Test func aGenerationThatCannotBeResumedIsLookedUp() {
    var chat = joined()
    chat.ask("Hi")
    _ = chat.received(.chunk("Hel", number: 1))
    _ = chat.lose(thenJoin: nil)
    #expect(chat.received(.error(code: "not_found", message: "None.")).messages == [#"{"type":"history"}"#])
    let entries = [
      user("Hi", at: before), assistant("Help", at: before), user("Hi", at: later),
      assistant("Hello", at: later),
    ]
    let actions = chat.received(.history(entries))
    #expect(actions.text == "lo\n" && actions.complaints.isEmpty)
    #expect(chat.inputEnded() == [.exit(0)])
  }

  /// The gateway was killed, and has kept the answer to the second.
  @Test func whatWasKeptOfAnInterruptedGenerationIsPrinted() {
    var chat = joined()
    chat.ask("Hi")
    _ = chat.received(.chunk("Hel", number: 1))
    _ = chat.lose(thenJoin: nil)
    _ = chat.received(.resumed(generation: "g"))
    #expect(chat.printed(.chunk("lo", number: 2)) == "lo")
    let actions = chat.received(
      .error(code: "interrupted", message: "It ended.", generation: "g", text: "Hello the"))
    #expect(actions.text == " the\n" && actions.complaints == ["It ended."])
    #expect(chat.inputEnded() == [.exit(1)])
  }

  @Test func anInterruptedGenerationIsFoundInTheHistory() {
    var chat = joined()
    _ = chat.typed("Hi")
    _ = chat.lose(thenJoin: nil)
    var kept = assistant("Hel", at: later)
    kept.isInterrupted = true
    let actions = chat.received(.history([user("Hi", at: later), kept]))
    #expect(actions.text == "Hel\n" && actions.complaints == ["the gateway ended before the answer did"])
  }

  @Test func theHistorySaysWhatIsNotWhole() {
    var chat = joined()
    _ = chat.typed("/history")
    var (cut, new) = (assistant("a", at: later), assistant("b", at: later))
    cut.isInterrupted = true
    new.isPending = true
    #expect(
      chat.received(.history([cut, new])).text
        == "assistant (interrupted: the gateway ended before it did): a\nassistant (not stored yet): b\n")
  }

  /// As after a restart of a gateway that keeps nothing.
  @Test func aGenerationThatIsGoneIsCalledLost() {
    var chat = joined()
    chat.ask("Hi")
    _ = chat.received(.chunk("Hel", number: 1))
    _ = chat.typed("Next")
    _ = chat.lose(thenJoin: nil)
    _ = chat.received(.error(code: "not_found", message: "None."))
    let actions = chat.received(.history([]))
    #expect(actions.text == "\n" && actions.complaints == ["the rest of the answer was lost"])
    #expect(actions.messages == [#"{"type":"chat","message":"Next"}"#])
  }

  @Test func anotherGenerationHasTakenThePlace() {
    var chat = joined()
    chat.ask("Hi")
    _ = chat.received(.chunk("Hel", number: 1))
    _ = chat.lose(thenJoin: "other")
    #expect(chat.received(.resumed(generation: "other")).messages == [#"{"type":"history"}"#])
    #expect(chat.printed(.chunk("x", number: 2)).isEmpty)
    let actions = chat.received(.history([user("Hi", at: later), assistant("Hello", at: later)]))
    #expect(actions.text == "lo\n" && actions.messages == [#"{"type":"resume","after":0}"#])
    let text = chat.printed(
      .resumed(generation: "other"), .chunk("o", number: 1), .chunk("x", number: 2),
      .streamEnd(text: "ox", reason: "stop", timestamp: later))
    #expect(text == "ox\n")
  }

  @Test func aMessageThatDidNotArriveIsSentAgain() {
    var chat = joined()
    _ = chat.typed("Hi")
    #expect(chat.lose(thenJoin: nil).messages == [#"{"type":"history"}"#])
    // The same words of another day.
    let actions = chat.received(.history([user("Hi", at: before), assistant("Old", at: before)]))
    #expect(actions.text.isEmpty && actions.messages == [#"{"type":"chat","message":"Hi"}"#])
  }

  @Test func aMessageThatArrivedIsNotSentAgain() {
    var chat = joined()
    _ = chat.typed("Hi")
    _ = chat.lose(thenJoin: "g")
    let actions = chat.received(.history([user("Hi", at: later)]))
    #expect(actions.messages == [#"{"type":"resume","after":0}"#])
    #expect(
      chat.printed(.resumed(generation: "g"), .streamStart(generation: "g"), .chunk("a", number: 1)) == "a")
  }

  @Test func aMessageWhoseTurnIsOver() {
    var chat = joined()
    _ = chat.typed("Hi")
    _ = chat.lose(thenJoin: nil)
    let actions = chat.received(.history([user("Hi", at: later), assistant("Hello", at: later)]))
    #expect(actions.text == "Hello\n" && actions.messages.isEmpty)
    #expect(chat.inputEnded() == [.exit(0)])
  }

  @Test func aMessageBehindAnothersTurnWaits() {
    var chat = joined()
    _ = chat.typed("Hi")
    _ = chat.received(.messageReceived)
    _ = chat.lose(thenJoin: "other")
    #expect(chat.received(.history([user("Their", at: later)])).messages.isEmpty)
    // The end of the other's generation is told from its beginning, then comes ours.
    #expect(chat.received(.chunk("z", number: 7)).messages == [#"{"type":"resume","after":0}"#])
    let theirs = chat.printed(
      .resumed(generation: "other"), .streamStart(generation: "other"), .chunk("y", number: 1),
      .streamEnd(text: "y", reason: "stop", timestamp: later))
    #expect(theirs == "y\n")
    #expect(chat.printed(.streamStart(generation: "g"), .chunk("a", number: 1)) == "a")
    #expect(chat.printed?.question == "Hi")
  }

  @Test func aCommandIsGivenAgain() {
    var chat = joined()
    _ = chat.typed("/history")
    #expect(chat.lose(thenJoin: nil).messages == [#"{"type":"history"}"#])
    #expect(chat.printed(.history([user("Hi", at: before)])) == "user: Hi\n")
  }

  @Test func stopIsRememberedWithoutAConnection() {
    var chat = joined()
    chat.ask("Hi")
    _ = chat.disconnected(ChatLinkError(reason: "cut"))
    #expect(chat.typed("/stop").messages.isEmpty)
    _ = chat.connected()
    _ = chat.received(.connection(session: "s", generation: "g"))
    #expect(chat.received(.resumed(generation: "g")).messages == [#"{"type":"stop"}"#])
  }

  @Test func theWaitGrowsAndEnds() {
    var chat = joined()
    var delays: [Duration] = []
    while case .connect(let delay)? = chat.disconnected(ChatLinkError(reason: "cut")).last {
      delays.append(delay)
    }
    #expect(delays.prefix(4) == [.milliseconds(250), .milliseconds(500), .seconds(1), .seconds(2)])
    #expect(delays.allSatisfy { $0 <= .seconds(10) })
    #expect(delays.reduce(.zero, +) >= .seconds(120))
    #expect(chat.typed("Hi").isEmpty, "it has ended")
  }

  @Test func theWaitGrowsWhileConnectionsAreOfNoUse() {
    var chat = joined()
    _ = chat.lose(thenJoin: nil)
    #expect(chat.disconnected(ChatLinkError(reason: "cut")) == [.connect(after: .milliseconds(500))])
    _ = chat.connected()
    _ = chat.received(.connection(session: "s", generation: nil))
    _ = chat.typed("Hi")
    _ = chat.received(.messageReceived)
    #expect(chat.disconnected(ChatLinkError(reason: "cut")) == [.connect(after: .milliseconds(250))])
  }

  /// A peer that takes the same message again and again, and closes each time, is of no use.
  @Test func theWaitGrowsWhileAQuestionWaits() {
    var chat = joined()
    _ = chat.typed("Hi")
    var delays: [Duration] = []
    for _ in 0..<8 {
      if case .connect(let delay)? = chat.disconnected(ChatLinkError(reason: "cut")).last {
        delays.append(delay)
      }
      _ = chat.connected()
      _ = chat.received(.connection(session: "s", generation: nil))
      #expect(chat.received(.history([])).messages == [#"{"type":"chat","message":"Hi"}"#])
      _ = chat.received(.messageReceived)
    }
    // The first confirmation was of use; the others say nothing new.
    #expect(
      Array(delays.prefix(4)) == [.milliseconds(250), .milliseconds(250), .milliseconds(500), .seconds(1)])
    #expect(delays.last == .seconds(10))
  }

  /// So is one that names a generation of somebody else's of which nothing ever comes.
  @Test func theWaitGrowsWhileOthersGenerationsAreEmpty() {
    var chat = joined()
    var delays: [Duration] = []
    for number in 0..<4 {
      if case .connect(let delay)? = chat.disconnected(ChatLinkError(reason: "cut")).last {
        delays.append(delay)
      }
      _ = chat.connected()
      _ = chat.received(.connection(session: "s", generation: "g\(number)"))
      _ = chat.received(.error(code: "not_found", message: "None."))
      _ = chat.received(.history([]))
    }
    #expect(delays == [.milliseconds(250), .milliseconds(500), .seconds(1), .seconds(2)])
  }

  @Test func whatCannotGetBetterIsNotTriedAgain() {
    var chat = joined()
    let actions = chat.disconnected(ChatLinkError(reason: "no", isFinal: true))
    #expect(actions == [.complain("the connection is lost: no"), .exit(1)])
  }

  /// Up to a quarter is taken off a delay.
  @Test func aLimitIsWaitedFor() {
    var chat = joined()
    let limited = ChatLinkError(reason: "rate limit", retryAfter: .seconds(12))
    #expect(chat.disconnected(limited) == [.connect(after: .seconds(16))])
    #expect(chat.disconnected(ChatLinkError(reason: "cut")).last == .connect(after: .milliseconds(500)))
  }

  @Test func aFirstConnectionIsTriedOnce() {
    var chat = ChatConversation(session: nil, model: nil, isInteractive: false)
    #expect(chat.start() == [.connect(after: .zero)])
    let actions = chat.disconnected(ChatLinkError(reason: "refused"))
    #expect(actions == [.complain("cannot reach the gateway: refused"), .exit(1)])
  }
}
