import Sessions
import System
import Testing

@Suite("Stores: copies") struct StoreCopyTests {
  private static let interrupted = StoredGenerationEnd(
    .interrupted, endedAt: .at(9), lastNumber: 2, answerPlace: 1)
  private static let completed = StoredGenerationEnd(
    .completed, endedAt: .at(8), lastNumber: 2, doneReason: "stop")

  /// Some of everything: more sessions, messages and generations than are read at once.
  private func fill(_ store: OpenStore) throws -> StoreCopy.Counts {
    var changes: [StoreChange] = []
    for number in 0..<230 {
      let key = StoreKey(stored: number % 2 == 0 ? "s\(number)" : "s\(number)@address:192.0.2.\(number)")
      changes.append(
        .putSession(.sample(key, owner: "user:\(number % 7)", updatedAt: Int64(number), messages: 2)))
      changes.append(.putMessage(.user(0, "Wie heißt das? 🙂 \(number)", images: [.sample(1)]), in: key))
      changes.append(
        .putMessage(.model(1, "e\u{301}", thinking: "hm", usage: GenerationUsage(promptTokens: 3)), in: key))
    }
    changes += (0..<250).map {
      .putMessage(.user($0 + 2, "\($0)", number: $0 + 9), in: StoreKey(stored: "s0"))
    }
    changes += [
      .putImage(.sample(1), in: StoreKey(stored: "s0")), .putImage(.sample(2), in: StoreKey(stored: "s2")),
    ]
    for number in (0..<220).reversed() {
      changes.append(
        .putGeneration(.sample("g\(number)", in: StoreKey(stored: "s0"), startedAt: Int64(number % 3))))
      if number > 1 { changes.append(.endGeneration(id: "g\(number)", Self.completed)) }
    }
    for id in ["g0", "g1"] { changes += [.appendPart(.sample(0, of: id)), .appendPart(.sample(1, of: id))] }
    changes.append(.endGeneration(id: "g1", Self.interrupted))
    changes.append(.putCheckpoint(.sample(1, ("g0", 2, ["what is new"]))))
    changes += [
      .putIdempotentRequest(.sample("k1", generation: "g5")),
      .putIdempotentRequest(.sample("k2", owner: "user:1")),
      .putIdempotentRequest(.sample("old", expiresIn: -10)),
    ]
    try store.write(changes)
    _ = try store.writer.secret("credentials", orElse: [1, 0, 255])
    try fillAccess(store)
    return StoreCopy.Counts(
      sessions: 230, messages: 710, images: 2, generations: 220, requests: 2, secrets: 1, keys: 210, teams: 1,
      users: 2, usage: 357)
  }

  private func fillAccess(_ store: OpenStore) throws {
    try store.write([.closeAccess(since: .at(5))] + (0..<210).map { .putKey(.sample("k\($0)")) })
    try store.write(.putKey(.sample("k7", revision: 2)), .putTeam(.sample("red")))
    try store.write(.putUser(.sample(1)), .putUser(.sample(3)), .putUser(.sample(9)), .deleteUser(id: 9))
    try store.write(.putUser(.sample(3, revision: 2)), .putSignIn(.sample("a", of: 3)))
    try store.write(.putAdoption(AdoptionOrder(other: "key:k1", owner: "user:3")))
    try store.write(.putAdoption(AdoptionOrder(other: "loopback", owner: "user:1")))
    try store.write(.addUsage(.sample(1)), .addUsage(.sample(2)))
    let usage = (0..<123).map { StoredUsage.sample(StoredUsage.Account(hour: 9, key: "k\($0)")) }
    try store.write(.addUsage(StoredUsageFlush(run: 1, number: 1, time: .now, usage: usage)))
    let entries = (0..<230).map { StoredUsageEntry.sample($0) }
    try store.write(.addUsage(StoredUsageFlush(run: 1, number: 2, time: .now, entries: entries)))
  }

  @Test(arguments: TestedStore.all, TestedStore.all)
  func everythingIsThere(_ from: TestedStore, _ to: TestedStore) throws {
    let (source, target) = (try OpenStore(from), try OpenStore(to))
    let expected = try fill(source)
    let copy = try StoreCopy(from: source.tested.store, to: target.tested.store)
    var calls = 0
    try copy.run { _ in calls += 1 }
    #expect(copy.counts == expected)
    #expect(calls == expected.sessions)
    try target.reopen()
    let key = StoreKey(stored: "s0")
    #expect(try target.messages(key) == source.messages(key))
    #expect(try target.reader.adoptions(limit: 9).map(\.order.other) == ["key:k1", "loopback"])
    #expect(try target.reader.lastGeneration(of: key)?.id == "g0")
    #expect(try target.reader.runningGenerations(limit: 10).map(\.id) == ["g0"])
    #expect(try target.reader.generation("g1")?.end == Self.interrupted)
    #expect(try target.reader.parts(of: "g1").count == 2)
    #expect(try target.reader.parts(of: "g0").map(\.text).last == Array("what is new".utf8))
    #expect(try target.reader.images(of: key, [.sample(1)]) == [.sample(1)])
    #expect(try target.reader.idempotentRequest("k1", of: "loopback")?.generation == "g5")
    #expect(try target.writer.secret("credentials", orElse: [7]) == [1, 0, 255])
    #expect(try target.reader.accessState().closedSince == .at(5))
    let keys = try target.reader.access(limit: 1000).keys
    #expect(keys.count == 210)
    #expect(try target.reader.access(limit: 9).users.map(\.id) == [1, 3])
    #expect(try target.reader.accessState().lastUser == 9)
    #expect(try target.reader.signIns(limit: 9) == [.sample("a", of: 3)])
    #expect(keys.first { $0.id == "k7" }?.document == StoredKey.sample("k7", revision: 2).document)
    #expect(try target.tested.store.makeFullReader().usage(after: nil, limit: 1000).count == 125)
    #expect(try target.tested.store.makeFullReader().counters(limit: 9).map(\.amount) == [20, 14])
    // It goes on from there.
    try target.write(.putKey(.sample("k7", revision: 2)), .addUsage(.sample(3)))
    for owner in 0..<7 {
      let lists = try [source, target].map {
        try $0.reader.sessions(ownedBy: "user:\(owner)", skip: 3, limit: 50)
      }
      #expect(lists[0].sessions == lists[1].sessions && lists[0].total == lists[1].total)
    }
  }

  /// Also those that come to be later: a table that ``fill(_:)`` does not know is empty.
  @Test("Each table that the schema has is copied", arguments: TestedStore.all)
  func noTableIsLeftOut(_ kind: TestedStore) throws {
    let (source, target) = (try OpenStore(kind), try OpenStore(kind))
    _ = try fill(source)
    try StoreCopy(from: source.tested.store, to: target.tested.store).run()
    let (before, after) = (try source.tested.rowCounts(), try target.tested.rowCounts())
    #expect(before.keys == after.keys && before.count > 10)
    // Checkpoints become parts, what has expired stays behind, and flushes are the copy's own.
    let others: Set<String> = ["checkpoints", "generation_parts", "idempotency", "usage_flushes"]
    for (table, count) in before {
      #expect(count > 0, "\(table) is not tested")
      if !others.contains(table) { #expect(after[table] == count, "\(table)") }
    }
    #expect(after["checkpoints"] == 0 && after["idempotency"] == 2)
  }

  @Test(arguments: TestedStore.all)
  func onlyAnEmptyStoreIsATarget(_ kind: TestedStore) throws {
    let (source, target) = (try OpenStore(kind), try OpenStore(kind))
    try source.write(.putSession(.sample()))
    try target.write(.putSession(.sample(.other)))
    let copy = try StoreCopy(from: source.tested.store, to: target.tested.store)
    #expect(throws: StoreCopyError.notEmpty("sessions")) { try copy.run() }
    #expect(try target.session(.other) != nil && target.session(.sample) == nil)
    for (change, words) in [
      (StoreChange.putKey(.sample("a")), "keys"), (.putTeam(.sample("red")), "teams"),
      (.putUser(.sample(1)), "users"),
      (.addUsage(.sample(1)), "usage"),
    ] {
      let target = try OpenStore(kind)
      try target.write(change)
      let copy = try StoreCopy(from: source.tested.store, to: target.tested.store)
      #expect(throws: StoreCopyError.notEmpty(words)) { try copy.run() }
    }
  }

  @Test("A key of its own that the target has stays, and nothing is copied", arguments: TestedStore.all)
  func secrets(_ kind: TestedStore) throws {
    let (source, target) = (try OpenStore(kind), try OpenStore(kind))
    try source.write(.putSession(.sample()))
    _ = try source.writer.secret("credentials", orElse: [1])
    _ = try target.writer.secret("credentials", orElse: [2])
    let copy = try StoreCopy(from: source.tested.store, to: target.tested.store)
    #expect(throws: StoreCopyError.notEmpty("a secret (credentials)")) { try copy.run() }
    #expect(try target.session(.sample) == nil)
  }

  @Test("Where it breaks off, it can be begun again", arguments: TestedStore.all)
  func again(_ kind: TestedStore) throws {
    let (source, target) = (try OpenStore(kind), try OpenStore(kind))
    let expected = try fill(source)
    let first = try StoreCopy(from: source.tested.store, to: target.tested.store)
    // A session that comes in the middle is not what was counted.
    var isChanged = false
    let error = #expect(throws: StoreCopyError.self) {
      try first.run { counts in
        guard counts.sessions == 200, !isChanged else { return }
        isChanged = true
        try? source.write(
          .updateSession(.sample(StoreKey(stored: "s0"), owner: "user:0", updatedAt: 77, messages: 1)))
      }
    }
    guard case .differs = error else { throw Unexpected(error: error) }
    #expect(try target.reader.sessions(after: nil, limit: 1).isEmpty)
    #expect(try target.reader.access(limit: 1).keys.isEmpty)
    // But for this.
    #expect(try target.reader.accessState().closedSince == .at(5))
    let second = try StoreCopy(from: source.tested.store, to: target.tested.store)
    try second.run()
    #expect(second.counts == expected)
  }

  private struct Unexpected: Error { let error: StoreCopyError? }

  @Test(arguments: TestedStore.all)
  func anEmptyOneIsCopied(_ kind: TestedStore) throws {
    let (source, target) = (try OpenStore(kind), try OpenStore(kind))
    let copy = try StoreCopy(from: source.tested.store, to: target.tested.store)
    try copy.run()
    #expect(copy.counts == StoreCopy.Counts())
  }
}
