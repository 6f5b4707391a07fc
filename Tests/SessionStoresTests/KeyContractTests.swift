import Sessions
import System
import Testing

@Suite("Stores: keys and teams") struct KeyContractTests {
  @Test(arguments: TestedStore.all)
  func aKeyIsThereAsItWasPut(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    try store.writeTwice(.putKey(.sample("b")))
    try store.writeTwice(.putKey(.sample("a")), .putTeam(.sample("red")))
    try store.reopen()
    let access = try store.reader.access(limit: 10)
    #expect(access.keys == [.sample("a"), .sample("b")])
    #expect(access.teams == [.sample("red")])
    #expect(try store.reader.key("a") == .sample("a"))
    #expect(try store.reader.key("A") == nil)
    #expect(try store.reader.access(limit: 1).keys.count == 1)
  }

  @Test("The first key closes access, and nothing opens it", arguments: TestedStore.all)
  func closing(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    #expect(try store.reader.accessState() == StoredAccessState())
    try store.write(.putTeam(.sample("red")))
    #expect(try store.reader.accessState().closedSince == nil)
    try store.writeTwice(.putKey(.sample("a")))
    let since = try #require(try store.reader.accessState().closedSince)
    #expect(since <= .now)
    try store.write(.putKey(.sample("a", revision: 2)), .putKey(.sample("b")), .closeAccess(since: .at(0)))
    try store.writeTwice(.deleteKey(id: "a"), .deleteKey(id: "b"), .deleteTeam(name: "red"))
    try store.reopen()
    #expect(try store.reader.accessState().closedSince == since)
    #expect(try store.reader.access(limit: 10).keys.isEmpty)
  }

  @Test("It can be closed without a key", arguments: TestedStore.all)
  func closingAlone(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    try store.writeTwice(.closeAccess(since: .at(7)))
    #expect(try store.reader.accessState().closedSince == .at(7))
  }

  @Test("A change that does not know the last one is a conflict", arguments: TestedStore.all)
  func revisions(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    #expect(try store.refusal(of: .putKey(.sample("a", revision: 2)))?.isConflict == true)
    #expect(try store.refusal(of: .putTeam(.sample("red", revision: 2)))?.isConflict == true)
    try store.write(.putKey(.sample("a")), .putTeam(.sample("red")))
    try store.writeTwice(.putKey(.sample("a", revision: 2)), .putTeam(.sample("red", revision: 2)))
    for revision in [1, 2, 4] {
      let other = StoredKey.sample("a", revision: revision, document: "other")
      #expect(try store.refusal(of: .putKey(other))?.isConflict == true)
      let team = StoredTeam.sample("red", revision: revision, document: "other")
      #expect(try store.refusal(of: .putTeam(team))?.isConflict == true)
    }
    #expect(try store.reader.key("a") == .sample("a", revision: 2))
    // What was deleted does not come back by a change.
    try store.write(.deleteKey(id: "a"))
    #expect(try store.refusal(of: .putKey(.sample("a", revision: 3)))?.isConflict == true)
    #expect(try store.reader.key("a") == nil)
  }

  @Test("Two keys have two secrets", arguments: TestedStore.all)
  func digests(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    try store.write(.putKey(.sample("a")), .putKey(.sample("b")))
    var other = StoredKey.sample("c")
    other.digest = StoredKey.sample("a").digest
    #expect(try store.refusal(of: .putKey(other))?.isConflict == true)
    var changed = StoredKey.sample("b", revision: 2)
    changed.digest = StoredKey.sample("a").digest
    #expect(try store.refusal(of: .putKey(changed))?.isConflict == true)
    #expect(try store.reader.access(limit: 10).keys == [.sample("a"), .sample("b")])
  }

  @Test("The revision of all says whether anything was changed", arguments: TestedStore.all)
  func revisionOfAll(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    var last = try store.reader.accessState().revision
    let changes: [StoreChange] = [
      .putKey(.sample("a")), .putTeam(.sample("red")), .putKey(.sample("a", revision: 2)),
      .deleteTeam(name: "red"), .deleteKey(id: "a"), .closeAccess(since: .at(0)),
    ]
    for change in changes {
      try store.write(change)
      let revision = try store.reader.accessState().revision
      #expect(revision > last)
      #expect(try store.reader.access(limit: 1).state.revision == revision)
      last = revision
    }
    try store.write(.putSession(.sample()), .addUsage(.sample(1)))
    #expect(try store.reader.accessState().revision == last)
  }

  @Test("What a subcommand has added is noticed", arguments: TestedStore.all)
  func others(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    _ = try store.writer.wasChangedByOthers()
    let beside = try store.tested.openBeside()
    defer { beside.close() }
    #expect(try beside.makeWriter().commit([StoreWrite([.putKey(.sample("a"))])]) == [nil])
    #expect(try store.writer.wasChangedByOthers())
    #expect(try store.reader.access(limit: 10).keys == [.sample("a")])
  }
}

@Suite("Stores: sessions that change hands") struct SessionGivingContractTests {
  private func filled(_ kind: TestedStore, _ key: StoreKey) throws -> OpenStore {
    let store = try OpenStore(kind)
    try store.write(
      .putSession(.sample(key, messages: 2)), .putImage(.sample(1), in: key),
      .putMessage(.user(0, images: [.sample(1)]), in: key), .putMessage(.model(1), in: key),
      .putGeneration(.sample("g1", in: key)), .appendPart(.sample(0)),
      .putIdempotentRequest(.sample(generation: "g1")))
    return store
  }

  @Test("Under the same key", arguments: TestedStore.all)
  func sameKey(_ kind: TestedStore) throws {
    let store = try filled(kind, .sample)
    try store.writeTwice(.giveSession(.sample, to: "key:a", as: .sample))
    #expect(try store.session(.sample)?.owner == "key:a")
    #expect(try store.reader.sessions(ownedBy: "loopback", skip: 0, limit: 10).total == 0)
    #expect(try store.reader.sessions(ownedBy: "key:a", skip: 0, limit: 10).total == 1)
    #expect(try store.refusal(of: .giveSession(.other, to: "key:a", as: .other)) == .sessionIsGone)
  }

  @Test("Under another key, with all that belongs to it", arguments: TestedStore.all)
  func anotherKey(_ kind: TestedStore) throws {
    let (old, new) = (StoreKey(stored: "holiday@loopback"), StoreKey(stored: "holiday@key:a"))
    let store = try filled(kind, old)
    try store.writeTwice(.giveSession(old, to: "key:a", as: new))
    try store.reopen()
    #expect(try store.session(old) == nil)
    #expect(try store.session(new)?.owner == "key:a")
    #expect(try store.messages(new).count == 2)
    #expect(try store.reader.images(of: new, [.sample(1)]) == [.sample(1)])
    #expect(try store.reader.lastGeneration(of: new)?.id == "g1")
    #expect(try store.reader.parts(of: "g1").count == 1)
    #expect(try store.reader.idempotentRequest("k1", of: "loopback") != nil)
    #expect(try store.reader.sessions(ownedBy: "loopback", skip: 0, limit: 10).total == 0)
    #expect(try store.reader.sessions(ownedBy: "key:a", skip: 0, limit: 10).total == 1)
    let gone = StoreKey(stored: "nothing@loopback")
    let refusal = try store.refusal(
      of: .giveSession(gone, to: "key:a", as: StoreKey(stored: "nothing@key:a")))
    #expect(refusal == .sessionIsGone)
  }

  @Test("One that the new owner has stays, and so does the other", arguments: TestedStore.all)
  func bothThere(_ kind: TestedStore) throws {
    let (old, new) = (StoreKey(stored: "holiday@loopback"), StoreKey(stored: "holiday@key:a"))
    let store = try filled(kind, old)
    try store.write(.putSession(.sample(new, owner: "key:a")))
    #expect(try store.refusal(of: .giveSession(old, to: "key:a", as: new))?.isConflict == true)
    #expect(try store.session(old)?.messageCount == 2)
    #expect(try store.session(new)?.messageCount == 0)
  }
}
