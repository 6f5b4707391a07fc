import Sessions
import System
import Testing

/// The log of requests, in each store.
@Suite struct UsageLogContractTests {
  private func flush(_ number: Int, _ entries: StoredUsageEntry...) -> StoreChange {
    .addUsage(StoredUsageFlush(run: 1, number: number, time: .now, entries: entries))
  }

  private func all(
    _ store: OpenStore, _ change: (inout UsageLogQuestion) -> Void = { _ in }
  ) throws -> [StoredUsageEntry] {
    var question = UsageLogQuestion(from: .at(0), to: .at(1_000_000))
    change(&question)
    return try store.reader.usageEntries(question)
  }

  @Test("The last one comes first, and a flush that comes again adds none", arguments: TestedStore.all)
  func order(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    try store.writeTwice(flush(1, .sample(3), .sample(1)), flush(2, .sample(2)))
    #expect(try all(store) == [.sample(3), .sample(2), .sample(1)])
    #expect(try all(store) { ($0.skip, $0.limit) = (1, 1) } == [.sample(2)])
    #expect(try all(store) { ($0.from, $0.to) = (.at(2), .at(3)) } == [.sample(2)])
    try store.reopen()
    #expect(try all(store).count == 3)
  }

  @Test("Whose they are, and of which model", arguments: TestedStore.all)
  func filters(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    try store.write(flush(1, .sample(1), .sample(2, key: "b"), .sample(3, key: "")))
    #expect(try all(store) { $0.key = "b" } == [.sample(2, key: "b")])
    #expect(try all(store) { $0.key = "" } == [.sample(3, key: "")])
    #expect(try all(store) { ($0.team, $0.user, $0.model) = ("red", "ann", "m1") }.count == 3)
    #expect(try all(store) { $0.team = "blue" }.isEmpty)
    #expect(try all(store) { $0.user = "bob" }.isEmpty)
    #expect(try all(store) { $0.model = "m2" }.isEmpty)
  }

  @Test("What is old is deleted", arguments: TestedStore.all)
  func retention(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    try store.write(flush(1, .sample(1), .sample(2), .sample(3)))
    try store.writeTwice(.dropUsageEntries(before: .at(3)))
    #expect(try all(store) == [.sample(3)])
    // It stays where its key goes.
    try store.write(.putKey(.sample("a")), .deleteKey(id: "a"))
    #expect(try all(store) == [.sample(3)])
  }

  @Test("Numbers and texts that no server should tell", arguments: TestedStore.all)
  func odd(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    let odd = StoredUsageEntry(
      StoredUsageEntry.Place(time: .at(5), run: .min, number: .max),
      StoredUsage.Account(hour: 0, model: "a\u{0}b"), numbers: [.max, .min], server: "\u{301}", digest: "",
      dialect: "", status: .max, requestID: "'; DROP TABLE usage_log; --")
    try store.write(flush(1, odd))
    let found = try #require(try all(store).first)
    #expect(found.usage[.inputTokens] == StoredUsage.largestAddend)
    #expect(found.usage[.cachedTokens] == -StoredUsage.largestAddend)
    #expect(found.place == odd.place && found.requestID == odd.requestID && found.status == .max)
  }
}
