import Sessions
import System
import Testing

@Suite("Stores: sessions") struct SessionContractTests {
  @Test(arguments: TestedStore.all)
  func aSessionIsThereAsItWasPut(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    var session = StoredSession.sample()
    try store.writeTwice(.putSession(session))
    #expect(try store.session(.sample) == session)

    session.title = ""
    (session.titleNumber, session.lastAuthor) = (nil, nil)
    (session.messageCount, session.lastNumber) = (4, 9)
    (session.createdAt, session.updatedAt) = (.at(-100), .at(100))
    try store.writeTwice(.putSession(session))
    #expect(try store.session(.sample) == session)
    try store.reopen()
    #expect(try store.session(.sample) == session)
  }

  @Test(arguments: TestedStore.all)
  func onlyASessionThatIsThereIsUpdated(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    #expect(try store.refusal(of: .updateSession(.sample())) == .sessionIsGone)
    #expect(try store.session(.sample) == nil)
    try store.write(.putSession(.sample()))
    try store.writeTwice(.updateSession(.sample(updatedAt: 7, messages: 2)))
    #expect(try store.session(.sample) == .sample(updatedAt: 7, messages: 2))
  }

  @Test(
    "A session that was given stays its new owner's, whatever is written of it by who has it as it was",
    arguments: TestedStore.all)
  func anOwnerIsNeverSetBack(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    try store.write(.putSession(.sample(owner: "key:A")))
    try store.writeTwice(.giveSession(.sample, to: "user:1", as: .sample))
    try store.writeTwice(.updateSession(.sample(owner: "key:A", updatedAt: 7, messages: 2)))
    var found = try #require(try store.session(.sample))
    #expect(found.owner == "user:1" && found.updatedAt == .at(7) && found.messageCount == 2)
    try store.writeTwice(.putSession(.sample(owner: "key:A", updatedAt: 8, messages: 2)))
    found = try #require(try store.session(.sample))
    #expect(found.owner == "user:1" && found.updatedAt == .at(8))
    #expect(try store.reader.sessions(ownedBy: "key:A", skip: 0, limit: 9).total == 0)
    #expect(try store.reader.sessions(ownedBy: "user:1", skip: 0, limit: 9).total == 1)
  }

  /// As many turns at once are stored by statements of their own.
  @Test(arguments: TestedStore.all)
  func norByManyTurnsAtOnce(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    let keys = (0..<3).map { StoreKey(stored: "s\($0)") }
    for key in keys {
      try store.write(.putSession(.sample(key, owner: "key:A")))
      try store.write(.giveSession(key, to: "user:1", as: key))
    }
    let begins = keys.enumerated().map { place, key in
      StoreWrite([
        .putSession(.sample(key, owner: "key:A", messages: 1)), .putMessage(.user(0), in: key),
        .putGeneration(.sample("g\(place)", in: key)),
      ])
    }
    #expect(try store.writer.commit(begins).allSatisfy { $0 == nil })
    let ends = keys.enumerated().map { place, key in
      StoreWrite([
        .updateSession(.sample(key, owner: "key:A", messages: 2)), .putMessage(.model(1), in: key),
        .endGeneration(
          id: "g\(place)", StoredGenerationEnd(.completed, endedAt: .at(9), lastNumber: 1, answerPlace: 1)),
      ])
    }
    #expect(try store.writer.commit(ends).allSatisfy { $0 == nil })
    for key in keys {
      let found = try #require(try store.session(key))
      #expect(found.owner == "user:1" && found.messageCount == 2)
    }
  }

  @Test(arguments: TestedStore.all)
  func nothingIsPutIntoASessionThatIsGone(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    #expect(try store.refusal(of: .putMessage(.user(0), in: .sample)) == .sessionIsGone)
    #expect(try store.refusal(of: .putImage(.sample(1), in: .sample)) == .sessionIsGone)
    #expect(try store.refusal(of: .putGeneration(.sample())) == .sessionIsGone)
    // These have nothing to do.
    try store.writeTwice(
      .deleteSession(.sample), .dropMessages(in: .sample, from: 0), .dropImages(in: .sample, except: []),
      .endGeneration(id: "g1", StoredGenerationEnd(.completed, endedAt: .at(0), lastNumber: 1)),
      .appendPart(.sample(0)), .dropEndedParts(of: .sample), .dropIdempotentRequest(generation: "g1"))
    #expect(try store.messages(.sample) == [])
    #expect(try store.reader.generation("g1") == nil)
    #expect(try store.reader.parts(of: "g1") == [])
  }

  @Test(arguments: TestedStore.all)
  func allThatBelongsToASessionGoesWithIt(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    for (key, generation) in [(StoreKey.sample, "g1"), (.other, "g2")] {
      try store.write(
        .putSession(.sample(key, messages: 1)), .putMessage(.user(0, images: [.sample(1)]), in: key),
        .putImage(.sample(1), in: key), .putIdempotentRequest(.sample(generation, generation: generation)),
        .putGeneration(.sample(generation, in: key)))
      try store.write(.appendPart(.sample(0, of: generation)))
    }
    try store.writeTwice(.deleteSession(.sample))
    for isThere in [false, true] {
      let key = isThere ? StoreKey.other : .sample
      let id = isThere ? "g2" : "g1"
      #expect(try (store.session(key) != nil) == isThere)
      #expect(try store.messages(key).isEmpty != isThere)
      #expect(try store.reader.images(of: key, [.sample(1)]).isEmpty != isThere)
      #expect(try store.reader.imageDigests(of: key).isEmpty != isThere)
      #expect(try (store.reader.generation(id) != nil) == isThere)
      #expect(try (store.reader.lastGeneration(of: key) != nil) == isThere)
      #expect(try store.reader.parts(of: id).isEmpty != isThere)
      #expect(try (store.reader.idempotentRequest(id, of: "loopback") != nil) == isThere)
    }
    // A new one by the same name has nothing of the old one.
    try store.write(.putSession(.sample()))
    #expect(try store.messages(.sample) == [])
  }

  @Test(arguments: TestedStore.all)
  func theFirstThatThereIsIsLoaded(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    let recent = RecentMessages(messages: 10, bytes: 1000)
    #expect(try store.reader.session([], recent: recent) == nil)
    #expect(try store.reader.session([.sample, .other], recent: recent) == nil)
    try store.write(.putSession(.sample(.other)))
    #expect(try store.reader.session([.sample, .other], recent: recent)?.session.key == .other)
    try store.write(.putSession(.sample()))
    #expect(try store.reader.session([.sample, .other], recent: recent)?.session.key == .sample)
    #expect(try store.reader.session([.other, .sample], recent: recent)?.session.key == .other)
  }

  /// Two owners may have chosen the same name, which is a third one's id.
  @Test(arguments: TestedStore.all)
  func keysAreComparedAsAWhole(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    let keys = ["a", "a@", "a@token:00", "a@token:01", "A", "a@address:fe80::1%eth0", "a'--", "%", "_"].map {
      StoreKey(stored: $0)
    }
    for key in keys { try store.write(.putSession(.sample(key, owner: key.description))) }
    for key in keys {
      #expect(try store.session(key) == .sample(key, owner: key.description))
      #expect(try store.reader.sessions(ownedBy: key.description, skip: 0, limit: 10).total == 1)
    }
    try store.write(.deleteSession(StoreKey(stored: "a")))
    #expect(try store.session(StoreKey(stored: "a@")) != nil)
    #expect(try store.session(StoreKey(stored: "A")) != nil)
  }

  /// In the order of their bytes, as no other order is the same everywhere.
  @Test(arguments: TestedStore.all)
  func allAreWalkedThrough(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    let keys = ["B", "Z", "a", "a@x", "b", "é", "z", "-", "10", "9"]
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { StoreKey(stored: $0) }
    for key in keys.reversed() { try store.write(.putSession(.sample(key))) }
    var found: [StoreKey] = []
    while true {
      let some = try store.reader.sessions(after: found.last, limit: 3)
      if some.isEmpty { break }
      #expect(some.count <= 3)
      found += some.map(\.key)
    }
    #expect(found == keys)
    #expect(try store.reader.sessions(after: nil, limit: 0).isEmpty)
  }

  @Test(arguments: TestedStore.all)
  func thoseThatNobodyUsesAreFound(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    let owners = ["loopback", "address:", "address:192.0.2.7", "address:2001:db8::1", "addressee", "user:1"]
    for (place, owner) in owners.enumerated() {
      try store.write(
        .putSession(.sample(StoreKey(stored: "s\(place)"), owner: owner, updatedAt: Int64(-place))))
    }
    func found(_ time: Int64, addresses: Bool, limit: Int = 100) throws -> [String] {
      try store.reader.sessions(notUpdatedSince: .at(time), ofAddressesOnly: addresses, limit: limit)
        .map(\.key.description)
    }
    #expect(try found(1, addresses: false) == ["s5", "s4", "s3", "s2", "s1", "s0"])
    #expect(try found(0, addresses: false) == ["s5", "s4", "s3", "s2", "s1"])
    #expect(try found(1, addresses: false, limit: 2) == ["s5", "s4"])
    #expect(try found(1, addresses: true) == ["s3", "s2", "s1"])
    #expect(try found(-2, addresses: true) == ["s3"])
    #expect(try found(1, addresses: true, limit: 1) == ["s3"])
    #expect(try found(-5, addresses: false).isEmpty)
  }
}
