import Sessions
import System
import Testing

@Suite("Stores: generations") struct GenerationContractTests {
  private func withSession(_ kind: TestedStore) throws -> OpenStore {
    let store = try OpenStore(kind)
    try store.write(.putSession(.sample()), .putSession(.sample(.other)))
    return store
  }

  private static let failed = StoredGenerationEnd(
    .failed, endedAt: .at(9), lastNumber: 3, doneReason: "load", failureCode: "upstream_error",
    failureMessage: "Ollama says “no”.", answerPlace: 1)

  @Test(arguments: TestedStore.all)
  func aGenerationIsThereAsItWasPut(_ kind: TestedStore) throws {
    let store = try withSession(kind)
    let generation = StoredGeneration(
      id: "g1", session: .other, author: "user:7", model: "m:1b", messagePlace: 4, messageNumber: 9,
      startedAt: .at(3))
    try store.writeTwice(.putGeneration(generation))
    #expect(try store.reader.generation("g1") == generation)
    for end in [
      Self.failed, StoredGenerationEnd(.completed, endedAt: .at(10), lastNumber: 0),
      StoredGenerationEnd(.cancelled, endedAt: .at(11), lastNumber: 7, answerPlace: 5),
      StoredGenerationEnd(.interrupted, endedAt: .at(12), lastNumber: 8),
    ] {
      try store.writeTwice(.endGeneration(id: "g1", end))
      var ended = generation
      ended.end = end
      #expect(try store.reader.generation("g1") == ended)
    }
    try store.write(.putGeneration(.sample("g2", end: Self.failed)))
    try store.reopen()
    #expect(try store.reader.generation("g2") == .sample("g2", end: Self.failed))
    #expect(try store.reader.generation("g3") == nil)
  }

  /// A clock may jump between them.
  @Test(arguments: TestedStore.all)
  func theLastIsTheOneThatWasPutLast(_ kind: TestedStore) throws {
    let store = try withSession(kind)
    #expect(try store.reader.lastGeneration(of: .sample) == nil)
    for (id, time) in [("g9", Int64(100)), ("g5", 100), ("g7", 50)] {
      try store.write(.putGeneration(.sample(id, startedAt: time)))
      #expect(try store.reader.lastGeneration(of: .sample)?.id == id)
    }
    // What is put again keeps its place, and so does what ends.
    try store.write(.putGeneration(.sample("g9", startedAt: 100)), .endGeneration(id: "g5", Self.failed))
    #expect(try store.reader.lastGeneration(of: .sample)?.id == "g7")
    #expect(try store.reader.lastGeneration(of: .other) == nil)
  }

  @Test(arguments: TestedStore.all)
  func thoseThatRunAreFound(_ kind: TestedStore) throws {
    let store = try withSession(kind)
    for number in 0..<5 {
      try store.write(.putGeneration(.sample("g\(number)", in: number < 3 ? .sample : .other)))
    }
    try store.write(.endGeneration(id: "g1", Self.failed))
    try store.reopen()
    try store.write(.putGeneration(.sample("g5")))
    #expect(try Set(store.reader.runningGenerations(limit: 100).map(\.id)) == ["g0", "g2", "g3", "g4", "g5"])
    #expect(try store.reader.runningGenerations(limit: 2).count == 2)
    #expect(try store.reader.runningGenerations(limit: 0).isEmpty)
    try store.write(.deleteSession(.other))
    #expect(try Set(store.reader.runningGenerations(limit: .max).map(\.id)) == ["g0", "g2", "g5"])
  }

  @Test(arguments: TestedStore.all)
  func partsAreKeptWhileItRunsAndWhenItWasInterrupted(_ kind: TestedStore) throws {
    let store = try withSession(kind)
    let parts = [
      StoredPart.sample(0), .sample(1, text: "and more, “whole” characters"), .sample(2, text: ""),
    ]
    for id in ["g1", "g2"] { try store.write(.putGeneration(.sample(id))) }
    try store.write(.appendPart(.sample(0, of: "g2")))
    for part in parts { try store.writeTwice(.appendPart(part)) }
    #expect(try store.reader.parts(of: "g1") == parts)
    try store.reopen()
    #expect(try store.reader.parts(of: "g1") == parts)

    let interrupted = StoredGenerationEnd(.interrupted, endedAt: .at(9), lastNumber: 3, answerPlace: 1)
    try store.writeTwice(.endGeneration(id: "g1", interrupted))
    #expect(try store.reader.parts(of: "g1") == parts)
    // It has ended: nothing comes behind.
    try store.writeTwice(.appendPart(.sample(3)))
    #expect(try store.reader.parts(of: "g1") == parts)
    // Those of the one that runs stay.
    try store.writeTwice(.dropEndedParts(of: .sample))
    #expect(try store.reader.parts(of: "g1").isEmpty)
    #expect(try store.reader.parts(of: "g2").count == 1)
    try store.writeTwice(.dropEndedParts(of: .other))
  }

  @Test(
    arguments: TestedStore.all, [StoredGenerationEnd.State.completed, .failed, .cancelled])
  func partsGoWithTheEnd(_ kind: TestedStore, _ state: StoredGenerationEnd.State) throws {
    let store = try withSession(kind)
    try store.write(.putGeneration(.sample("g1")), .putGeneration(.sample("g2")))
    try store.write(.appendPart(.sample(0)), .appendPart(.sample(0, of: "g2")))
    try store.writeTwice(.endGeneration(id: "g1", StoredGenerationEnd(state, endedAt: .at(1), lastNumber: 1)))
    try store.writeTwice(.appendPart(.sample(1)))
    #expect(try store.reader.parts(of: "g1").isEmpty)
    #expect(try store.reader.parts(of: "g2").count == 1)
  }

  /// The order is that of the numbers, and not that of their digits.
  @Test(arguments: TestedStore.all)
  func manyParts(_ kind: TestedStore) throws {
    let store = try withSession(kind)
    try store.write(.putGeneration(.sample()))
    try store.write((0..<200).reversed().map { .appendPart(.sample($0, text: "part \($0)")) })
    #expect(try store.reader.parts(of: "g1").map(\.index) == Array(0..<200))
    let large = String(repeating: "x", count: 64 << 10)
    try store.write(.appendPart(.sample(200, text: large)))
    #expect(try store.reader.parts(of: "g1").last == .sample(200, text: large))
  }
}
