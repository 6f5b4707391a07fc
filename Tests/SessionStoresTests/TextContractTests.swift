import Sessions
import System
import Testing

@Suite("Stores: texts") struct TextContractTests {
  private static let texts = [
    "", " ", "\n\r\t", "'); DROP TABLE sessions; --", "\"", "\\", "%s %n $1 ?1 :a @b {}", "NULL", "0x00",
    "\u{1}\u{7F}\u{85}",
    "äöü ß € 😀 👩‍👩‍👧‍👦 🏳️‍🌈", "\u{202E}right to left\u{202C}", "e\u{301}", "\u{FEFF}mark\u{FFFE}\u{FFFF}\u{10FFFF}",
    "a" + String(repeating: "\u{301}", count: 5000), "{\"json\": [1, 2]}", "日本語\u{3000}テキスト",
    "line\u{2028}separator",
  ]

  @Test(arguments: TestedStore.all)
  func anyTextComesBackByItsBytes(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    for (place, text) in Self.texts.enumerated() {
      let key = StoreKey(stored: "s\(place)")
      var session = StoredSession.sample(key, owner: text)
      (session.title, session.lastAuthor) = (text, text)
      var generation = StoredGeneration.sample("g\(place)", in: key)
      (generation.author, generation.model) = (text, text)
      generation.end = StoredGenerationEnd(
        .failed, endedAt: .at(0), lastNumber: 0, doneReason: text, failureCode: text, failureMessage: text)
      let message = Message(
        number: 1, author: .user(text), content: text, timestamp: .at(0), thinking: text)
      let request = IdempotentRequest.sample(text, owner: text, generation: "g\(place)")
      try store.writeTwice(
        .putSession(session), .putGeneration(generation), .putIdempotentRequest(request),
        .putMessage(StoredMessage(place: 0, message: message), in: key))
      // By their bytes: to Swift some of them are the same, and comparing others takes long.
      func same(_ found: String?) -> Bool { found.map { $0.utf8.elementsEqual(text.utf8) } ?? false }
      let found = try #require(try store.reader.session([key], recent: RecentMessages(messages: 2, bytes: 0)))
      #expect(same(found.session.owner) && same(found.session.title) && same(found.session.lastAuthor))
      #expect(same(found.messages.first?.message.content) && same(found.messages.first?.message.thinking))
      guard case .user(let user)? = found.messages.first?.message.author else {
        Issue.record("no user")
        continue
      }
      #expect(same(user))
      let ended = try #require(try store.reader.generation("g\(place)"))
      #expect(same(ended.author) && same(ended.model) && same(ended.end?.doneReason))
      #expect(same(ended.end?.failureCode) && same(ended.end?.failureMessage))
      #expect(try store.reader.idempotentRequest(text, of: text)?.generation == "g\(place)")
      #expect(try store.reader.sessions(ownedBy: text, skip: 0, limit: 10).total == 1)
    }
  }

  @Test(arguments: TestedStore.all)
  func largeTexts(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    let content = String(repeating: "8 MiB 😀", count: 1 << 20)
    let thinking = String(repeating: "hm", count: 1 << 20)
    try store.write(.putSession(.sample()))
    try store.writeTwice(.putMessage(.model(0, content, thinking: thinking), in: .sample))
    let message = try #require(try store.messages(.sample).first?.message)
    // Not by an expectation: it would write both out.
    let isSame = message.content.utf8.elementsEqual(content.utf8)
    #expect(isSame && message.thinking?.utf8.count == thinking.utf8.count)
  }

  /// The registry lets none come. One that comes all the same harms nobody but its own member.
  @Test(arguments: TestedStore.all)
  func zeros(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    try store.write(.putSession(.sample()))
    let errors = try store.writer.commit([
      StoreWrite([.putMessage(.user(0, "a\0b"), in: .sample)]), StoreWrite([.putSession(.sample(.other))]),
      StoreWrite([.putMessage(.user(1, "good"), in: .sample)]),
    ])
    #expect(errors.count == 3)
    #expect(errors[1] == nil && errors[2] == nil)
    let contents = try store.messages(.sample).map(\.message.content)
    #expect(errors[0] == nil ? contents[0].hasPrefix("a") && contents[0].hasSuffix("b") : contents.count == 1)
    #expect(contents.last == "good")
    #expect(try store.session(.other) != nil)
  }

  /// Times and numbers at the ends of what they can be.
  @Test(arguments: TestedStore.all)
  func numbersOfAnySize(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    let far = Timestamp(millisecondsSince1970: 253_402_300_799_999)
    var session = StoredSession.sample()
    (session.createdAt, session.updatedAt) = (Timestamp(millisecondsSince1970: -62_135_596_800_000), far)
    (session.messageCount, session.lastNumber) = (Int(Int32.max), Int(Int32.max))
    let usage = GenerationUsage(
      promptTokens: Int(Int32.max), completionTokens: 0, timeToFirstToken: .zero,
      duration: .seconds(1_000_000))
    let message = StoredMessage.model(Int(Int32.max) - 1, number: Int(Int32.max), usage: usage)
    try store.writeTwice(.putSession(session), .putMessage(message, in: .sample))
    #expect(try store.session(.sample) == session)
    #expect(try store.messages(.sample) == [message])
  }
}
