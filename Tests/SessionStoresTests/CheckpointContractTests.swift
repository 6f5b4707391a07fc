import Sessions
import System
import Testing

@Suite("Stores: checkpoints") struct CheckpointContractTests {
  private func withGenerations(_ kind: TestedStore, _ ids: String...) throws -> OpenStore {
    let store = try OpenStore(kind)
    try store.write(.putSession(.sample()), .putSession(.sample(.other)))
    for id in ids { try store.write(.putGeneration(.sample(id))) }
    return store
  }

  /// The texts of a generation, one by one.
  private func texts(_ store: OpenStore, of generation: String = "g1") throws -> [String] {
    let parts = try store.reader.parts(of: generation)
    #expect(parts.map(\.index) == Array(parts.indices))
    var texts: [String] = []
    for part in parts {
      let lengths = try #require(TextLengths.read(part.lengths, total: part.text.count))
      var start = 0
      for (count, _) in lengths {
        texts.append(String(decoding: part.text[start..<(start + count)], as: UTF8.self))
        start += count
      }
    }
    return texts
  }

  @Test(arguments: TestedStore.all)
  func whatIsNewIsBehindTheParts(_ kind: TestedStore) throws {
    let store = try withGenerations(kind, "g1", "g2")
    #expect(try store.reader.parts(of: []).isEmpty)
    try store.writeTwice(.appendPart(.sample(0, of: "g1", texts: ["a", "b"])))
    try store.writeTwice(.putCheckpoint(.sample(1, ("g1", 2, ["c"]), ("g2", 0, ["x", ""]))))
    try store.writeTwice(
      .putCheckpoint(.sample(2, ("g2", 2, ["“y”"]), ("g1", 3, ["d", "e"]), ("g3", 0, ["?"]))))
    #expect(try texts(store) == ["a", "b", "c", "d", "e"])
    #expect(try texts(store, of: "g2") == ["x", "", "“y”"])
    #expect(try texts(store, of: "g3").isEmpty)
    let all = try store.reader.parts(of: ["g2", "g3", "g1"])
    #expect(try all == ["g2", "g3", "g1"].map { try store.reader.parts(of: $0) })
    // The next process, whose numbers begin anew, has them as well.
    try store.reopen()
    #expect(try texts(store) == ["a", "b", "c", "d", "e"])
    try store.write(.putCheckpoint(.sample(1, ("g1", 5, ["f"]))))
    #expect(try texts(store) == ["a", "b", "c", "d", "e", "f"])
  }

  @Test(arguments: TestedStore.all)
  func whatIsInAPartCountsOnce(_ kind: TestedStore) throws {
    let store = try withGenerations(kind, "g1", "g2")
    try store.write(.putCheckpoint(.sample(1, ("g1", 0, ["a"]), ("g2", 0, ["x"]))))
    try store.write(.putCheckpoint(.sample(2, ("g1", 1, ["b"]))))
    // A commit whose outcome nobody knows, and another one with more.
    try store.write(.putCheckpoint(.sample(3, ("g1", 1, ["b", "c"]))))
    #expect(try texts(store) == ["a", "b", "c"])
    try store.writeTwice(.appendPart(.sample(0, of: "g1", texts: ["a", "b", "c", "d"])))
    #expect(try texts(store) == ["a", "b", "c", "d"])
    try store.write(.putCheckpoint(.sample(4, ("g1", 4, ["e"]))))
    #expect(try texts(store) == ["a", "b", "c", "d", "e"])
    // In place of what is there under its index.
    try store.writeTwice(.appendPart(.sample(0, of: "g1", texts: ["a", "b", "c", "d", "e", "f"])))
    #expect(try texts(store) == ["a", "b", "c", "d", "e", "f"])
    try store.writeTwice(.dropCheckpoints(before: 5))
    #expect(try texts(store) == ["a", "b", "c", "d", "e", "f"])
    #expect(try texts(store, of: "g2").isEmpty)
  }

  @Test(arguments: TestedStore.all)
  func behindAGapIsNothing(_ kind: TestedStore) throws {
    let store = try withGenerations(kind, "g1")
    try store.write(.putCheckpoint(.sample(1, ("g1", 0, ["a"]))))
    try store.write(.putCheckpoint(.sample(2, ("g1", 2, ["c"]))))
    #expect(try texts(store) == ["a"])
  }

  @Test(arguments: TestedStore.all)
  func whatEndsHasNothing(_ kind: TestedStore) throws {
    let store = try withGenerations(kind, "g1", "g2", "g3")
    let texts = StoredCheckpoint.sample(1, ("g1", 0, ["a"]), ("g2", 0, ["b"]), ("g3", 0, ["c"]))
    try store.write(.putCheckpoint(texts))
    try store.write(
      .endGeneration(id: "g1", StoredGenerationEnd(.completed, endedAt: .at(1), lastNumber: 1)),
      .endGeneration(id: "g2", StoredGenerationEnd(.interrupted, endedAt: .at(1), lastNumber: 1)))
    #expect(try store.reader.parts(of: ["g1", "g2"]) == [[], []])
    #expect(try self.texts(store, of: "g3") == ["c"])
    try store.write(.deleteSession(.sample))
    #expect(try store.reader.parts(of: "g3").isEmpty)
  }

  @Test("Each drops its own, or those of earlier processes", arguments: TestedStore.all)
  func dropping(_ kind: TestedStore) throws {
    let store = try withGenerations(kind, "g1", "g2")
    for number in 1...5 {
      try store.write(.putCheckpoint(.sample(number, ("g1", number - 1, ["\(number)"]))))
    }
    try store.writeTwice(.appendPart(.sample(0, of: "g1", texts: ["1", "2"])), .dropCheckpoints(before: 3))
    #expect(try texts(store) == ["1", "2", "3", "4", "5"])
    try store.reopen()
    try store.write(.putCheckpoint(.sample(1, ("g2", 0, ["x"]))))
    try store.writeTwice(.dropCheckpoints(before: 100))
    #expect(try texts(store) == ["1", "2", "3", "4", "5"])
    #expect(try texts(store, of: "g2").isEmpty)
    try store.write(.putCheckpoint(.sample(101, ("g2", 0, ["y"]))))
    try store.writeTwice(.dropEarlierCheckpoints)
    #expect(try texts(store) == ["1", "2"])
    #expect(try texts(store, of: "g2") == ["y"])
  }

  @Test("As many as a minute has, of many", arguments: TestedStore.all)
  func many(_ kind: TestedStore) throws {
    let store = try withGenerations(kind)
    let ids = (0..<300).map { "g\($0)" }
    try store.write(ids.map { .putGeneration(.sample($0)) })
    for number in 0..<48 {
      let entries = ids.map { ($0, number, ["\($0)-\(number)"]) }
      try store.write(.putCheckpoint(.sample(number + 1, entries)))
    }
    let parts = try store.reader.parts(of: ids)
    for (id, parts) in zip(ids, parts) {
      #expect(parts.count == 1)
      #expect(String(decoding: parts[0].text, as: UTF8.self) == (0..<48).map { "\(id)-\($0)" }.joined())
    }
    // A part does not become longer than others.
    let large = [String](repeating: String(repeating: "x", count: 30 << 10), count: 2)
    for number in 0..<4 {
      try store.write(.putCheckpoint(.sample(50 + number, ("g0", 48 + 2 * number, large))))
    }
    #expect(try store.reader.parts(of: "g0").allSatisfy { $0.text.count <= 64 << 10 })
    #expect(try texts(store, of: "g0").count == 48 + 8)
  }

  @Test(arguments: TestedStore.all)
  func whatIsDamagedIsRefused(_ kind: TestedStore) throws {
    let store = try withGenerations(kind, "g1", "g2")
    try store.write(.endGeneration(id: "g2", StoredGenerationEnd(.failed, endedAt: .at(1), lastNumber: 1)))
    try store.write(.putCheckpoint(StoredCheckpoint(number: 1, texts: [9, 9, 9])))
    let error = #expect(throws: StoreError.self) { try store.reader.parts(of: "g1") }
    #expect(error?.kind == .corrupt)
    // Who does not need them does not mind.
    #expect(try store.reader.parts(of: "g2").isEmpty)
  }

  /// The service drops them by itself; where none runs nobody else does.
  @Test(arguments: TestedStore.all)
  func whatASubcommandDeletesIsInNone(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    try store.write(.putSession(.sample()), .putSession(.sample(.other)))
    try store.write(.putGeneration(.sample("g1")), .putGeneration(.sample("g2", in: .other)))
    for number in 0..<3 {
      try store.write(.putCheckpoint(.sample(number, ("g1", number, ["a"]), ("g2", number, ["b"]))))
    }
    let beside = try store.tested.openBeside()
    let writer = try beside.makeWriter()
    #expect(
      try writer.commit([StoreWrite([.deleteSession(.sample)]), StoreWrite([.deleteSession(.sample)])]) == [
        nil, nil,
      ])
    #expect(try texts(store, of: "g2") == ["b", "b", "b"])
    // If it came back, it would have nothing.
    try store.write(.putSession(.sample()), .putGeneration(.sample("g1")))
    #expect(try store.reader.parts(of: "g1").isEmpty)
    withExtendedLifetime(writer) { beside.close() }
  }
}
