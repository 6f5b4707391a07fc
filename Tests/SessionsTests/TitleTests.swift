import Testing

@testable import Sessions

@Suite struct TitleTests {
  @Test func aSessionIsKnownByItsFirstQuestion() async throws {
    let registry = SessionRegistry()
    try await registry.talk(id("s"), "one" + String(repeating: " é", count: 100))
    try await registry.talk(id("s"), "two")
    let title = await registry.summary(of: id("s"))?.title
    #expect(title == "one" + String(repeating: " é", count: 38) + " ")
    #expect(title?.unicodeScalars.count == 80)
  }

  /// A character of people may be as long as a message.
  @Test(arguments: [
    "a" + String(repeating: "\u{301}", count: 500_000), String(repeating: "👩‍👩‍👧‍👦", count: 40_000),
    String(repeating: "\u{1F1E9}", count: 250_000), String(repeating: "\u{10FFFF}", count: 250_000),
    String(repeating: "\r\n", count: 500_000),
  ])
  func aTitleIsShort(message: String) async throws {
    let registry = SessionRegistry()
    try await registry.talk(id("s"), message)
    let title = try #require(await registry.summary(of: id("s"))?.title)
    #expect(title.utf8.count <= SessionTitle.byteLimit)
    #expect(title.unicodeScalars.count == 80)
    #expect(message.unicodeScalars.starts(with: title.unicodeScalars), "cut between two scalars")
  }

  @Test func theTitleStaysWhenItsMessageGoes() async throws {
    var limits = SessionLimits()
    limits.sessionMessages = 4
    let registry = SessionRegistry(limits: limits)
    for number in 0..<10 { try await registry.talk(id("s"), "m\(number)") }
    #expect(await registry.history(of: id("s"), limit: 1)?.messages.first?.content == "m8")
    #expect(await registry.summary(of: id("s"))?.title == "m0")
    _ = try await registry.beginTurn(
      TurnRequest(sessionID: id("s"), message: "m10", model: "m", replacesLastTurn: true))
    #expect(await registry.summary(of: id("s"))?.title == "m0")
  }

  @Test func whatTakesTheFirstMessagesPlaceIsTheTitle() async throws {
    let registry = SessionRegistry()
    try await registry.talk(id("s"), "one")
    let turn = try await registry.beginTurn(
      TurnRequest(sessionID: id("s"), message: "another", model: "m", replacesLastTurn: true))
    #expect(await registry.summary(of: id("s"))?.title == "another")
    await registry.finishTurn(turn, .completed)
  }

  @Test func aClearedSessionIsKnownByWhatFollows() async throws {
    let registry = SessionRegistry()
    try await registry.talk(id("s"), "one")
    #expect(await registry.clearHistory(of: id("s")) == 2)
    #expect(await registry.summary(of: id("s"))?.title == "")
    try await registry.talk(id("s"), "two")
    #expect(await registry.summary(of: id("s"))?.title == "two")
    let turn = try await registry.beginTurn(TurnRequest(sessionID: id("s"), message: "three", model: "m"))
    #expect(await registry.clearHistory(of: id("s")) == 2)
    #expect(await registry.summary(of: id("s"))?.title == "three", "the message whose turn runs stays")
    await registry.finishTurn(turn, .completed)
  }
}
