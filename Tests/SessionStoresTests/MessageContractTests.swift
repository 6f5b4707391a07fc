import Sessions
import System
import Testing

@Suite("Stores: messages") struct MessageContractTests {
  private func withSession(_ kind: TestedStore) throws -> OpenStore {
    let store = try OpenStore(kind)
    try store.write(.putSession(.sample()))
    return store
  }

  /// A session with messages of these lengths.
  private func with(_ lengths: [Int], _ kind: TestedStore) throws -> OpenStore {
    let store = try withSession(kind)
    try store.write(
      lengths.enumerated().map { place, length in
        .putMessage(.user(place, String(repeating: "x", count: length)), in: .sample)
      })
    return store
  }

  @Test(arguments: TestedStore.all)
  func aMessageHasAllThatItHad(_ kind: TestedStore) throws {
    let store = try withSession(kind)
    let usage = GenerationUsage(
      promptTokens: 12, completionTokens: 345, timeToFirstToken: .microseconds(1_234_567),
      duration: .microseconds(89_000_001))
    let messages: [StoredMessage] = [
      .user(0, "Look", images: [.sample(1), .sample(2)]),
      .model(1, "A cat.", thinking: "Four legs…", usage: usage),
      .user(2, "", state: .failed),
      .model(3, "", state: .interrupted, thinking: ""),
      .model(4, "stop", state: .cancelled, usage: GenerationUsage()),
      .model(5, number: 17, usage: GenerationUsage(promptTokens: 1, completionTokens: 0, duration: .zero)),
    ]
    for message in messages { try store.writeTwice(.putMessage(message, in: .sample)) }
    #expect(try store.messages(.sample) == messages)
    try store.reopen()
    #expect(try store.messages(.sample) == messages)
    let loaded = try #require(
      try store.reader.session([.sample], recent: RecentMessages(messages: 100, bytes: 1000)))
    #expect(loaded.messages == messages)
  }

  @Test(arguments: TestedStore.all)
  func onlyTheStateChanges(_ kind: TestedStore) throws {
    let store = try withSession(kind)
    try store.write(.putMessage(.user(0), in: .sample))
    try store.writeTwice(.putMessage(.user(0, state: .failed), in: .sample))
    #expect(try store.messages(.sample) == [.user(0, state: .failed)])
    try store.write(.putMessage(.user(0), in: .sample))
    #expect(try store.messages(.sample) == [.user(0)])
  }

  @Test(arguments: TestedStore.all)
  func anotherMessageInItsPlaceIsAConflict(_ kind: TestedStore) throws {
    let store = try withSession(kind)
    let messages: [StoredMessage] = [.user(0), .model(1, thinking: "Hm")]
    try store.write(messages.map { .putMessage($0, in: .sample) })
    let others: [StoredMessage] = [
      .user(0, "Another text"), .user(0, number: 7), .user(0, "hello"), .user(0, "Hello "),
      // The number of another place.
      .user(2, number: 1), .model(1, thinking: "Hm, no"), .model(1), .model(0, "Hello"),
    ]
    for other in others {
      #expect(try store.refusal(of: .putMessage(other, in: .sample))?.isConflict == true, "\(other)")
    }
    #expect(try store.messages(.sample) == messages)
    // In another session they may be.
    try store.write(.putSession(.sample(.other)), .putMessage(.user(0, "Another text"), in: .other))
  }

  /// Texts that people take for the same are other texts.
  @Test(arguments: TestedStore.all)
  func textsAreComparedByTheirBytes(_ kind: TestedStore) throws {
    let store = try withSession(kind)
    try store.write(.putMessage(.user(0, "\u{e9}"), in: .sample))
    #expect(try store.refusal(of: .putMessage(.user(0, "e\u{301}"), in: .sample))?.isConflict == true)
    try store.write(.putMessage(.user(0, "\u{e9}"), in: .sample))
    #expect(try Array(store.messages(.sample)[0].message.content.utf8) == Array("\u{e9}".utf8))
  }

  @Test(arguments: TestedStore.all)
  func theEndOfAHistoryIsDropped(_ kind: TestedStore) throws {
    let store = try with([1, 2, 3, 4], kind)
    try store.write(.putSession(.sample(.other)), .putMessage(.user(3), in: .other))
    try store.writeTwice(.dropMessages(in: .sample, from: 2))
    #expect(try store.messages(.sample).map(\.place) == [0, 1])
    #expect(try store.messages(.other).map(\.place) == [3])
    // Others come in their places, by numbers that nobody had.
    try store.write(.putMessage(.user(2, number: 9), in: .sample))
    #expect(try store.messages(.sample).map(\.message.number) == [1, 2, 9])
    try store.writeTwice(.dropMessages(in: .sample, from: 0))
    #expect(try store.messages(.sample) == [])
    try store.write(.dropMessages(in: .sample, from: .max))
  }

  /// Dropped and written anew in one member, which comes twice.
  @Test(arguments: TestedStore.all)
  func anAnswerIsMadeAnew(_ kind: TestedStore) throws {
    let store = try with([1, 2], kind)
    try store.writeTwice(
      .dropMessages(in: .sample, from: 1), .putMessage(.model(1, "anew", number: 3), in: .sample))
    #expect(try store.messages(.sample).map(\.message.content) == ["x", "anew"])
  }

  @Test(arguments: TestedStore.all)
  func theNewestWithinBothBoundsAreLoaded(_ kind: TestedStore) throws {
    let store = try with([100, 10, 10, 10, 50, 10], kind)
    func loaded(_ messages: Int, _ bytes: Int) throws -> [Int]? {
      try store.reader.session([.sample], recent: RecentMessages(messages: messages, bytes: bytes))?.messages
        .map(\.place)
    }
    #expect(try loaded(100, 1000) == [0, 1, 2, 3, 4, 5])
    #expect(try loaded(3, 1000) == [3, 4, 5])
    #expect(try loaded(100, 89) == [2, 3, 4, 5])
    #expect(try loaded(100, 90) == [1, 2, 3, 4, 5])
    #expect(try loaded(100, 189) == [1, 2, 3, 4, 5])
    #expect(try loaded(100, 190) == [0, 1, 2, 3, 4, 5])
    // A turn in any case.
    #expect(try loaded(0, 0) == [4, 5])
    #expect(try loaded(1, 1000) == [4, 5])
    #expect(try loaded(100, 10) == [4, 5])
    #expect(try loaded(-1, -1) == [4, 5])
    #expect(try loaded(.max, .max) == [0, 1, 2, 3, 4, 5])
  }

  @Test(arguments: TestedStore.all)
  func whatTheModelThinksCounts(_ kind: TestedStore) throws {
    let store = try withSession(kind)
    try store.write(
      (0..<3).map { .putMessage(.model($0, "ten bytes.", thinking: "20 bytes of thinking"), in: .sample) })
    #expect(try store.reader.messages(of: .sample, from: 0, limit: 10, bytes: 60).count == 2)
    let recent = RecentMessages(messages: 10, bytes: 89)
    #expect(try store.reader.session([.sample], recent: recent)?.messages.map(\.place) == [1, 2])
  }

  @Test(arguments: TestedStore.all)
  func aPartByPlacesWithinItsBounds(_ kind: TestedStore) throws {
    let store = try with([10, 10, 10, 50, 10], kind)
    func part(_ place: Int, _ limit: Int, _ bytes: Int) throws -> [Int] {
      try store.reader.messages(of: .sample, from: place, limit: limit, bytes: bytes).map(\.place)
    }
    #expect(try part(0, 100, 1000) == [0, 1, 2, 3, 4])
    #expect(try part(2, 2, 1000) == [2, 3])
    #expect(try part(0, 100, 30) == [0, 1, 2])
    #expect(try part(0, 100, 29) == [0, 1])
    #expect(try part(1, 100, 79) == [1, 2, 3])
    // One in any case: who asks on from there comes to the end.
    #expect(try part(3, 100, 10) == [3])
    #expect(try part(0, 100, 0) == [0])
    #expect(try part(5, 100, 1000).isEmpty)
    #expect(try part(.max, .max, .max).isEmpty)
    #expect(try part(0, .max, .max).count == 5)
    #expect(try part(0, 0, 1000).isEmpty)
    #expect(try part(-1, -1, 1000).isEmpty)
    #expect(try store.reader.messages(of: .other, from: 0, limit: 10, bytes: 1000).isEmpty)
  }
}
