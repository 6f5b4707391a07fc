import Sessions
import System
import Testing

@Suite("Stores: keys that generations were asked for by") struct IdempotencyContractTests {
  private func withGenerations(_ kind: TestedStore) throws -> OpenStore {
    let store = try OpenStore(kind)
    try store.write(
      .putSession(.sample()), .putGeneration(.sample("g1")), .putGeneration(.sample("g2")))
    return store
  }

  @Test(arguments: TestedStore.all)
  func aKeyIsThereAsItWasPut(_ kind: TestedStore) throws {
    let store = try withGenerations(kind)
    let request = IdempotentRequest.sample()
    try store.writeTwice(.putIdempotentRequest(request))
    try store.reopen()
    #expect(try store.reader.idempotentRequest("k1", of: "loopback") == request)
    #expect(try store.reader.idempotentRequest("k1", of: "user:1") == nil)
    #expect(try store.reader.idempotentRequest("K1", of: "loopback") == nil)
    #expect(try store.reader.idempotentRequest("k", of: "loopback") == nil)
  }

  /// In whichever order they stand in the member that makes both.
  @Test(arguments: TestedStore.all)
  func theKeyMayComeBeforeItsGeneration(_ kind: TestedStore) throws {
    let store = try withGenerations(kind)
    try store.writeTwice(
      .putIdempotentRequest(.sample("k3", generation: "g3")), .putGeneration(.sample("g3")))
    #expect(try store.reader.idempotentRequest("k3", of: "loopback")?.generation == "g3")
  }

  @Test(arguments: TestedStore.all)
  func anotherGenerationIsAConflict(_ kind: TestedStore) throws {
    let store = try withGenerations(kind)
    try store.write(.putIdempotentRequest(.sample()))
    #expect(try store.refusal(of: .putIdempotentRequest(.sample(generation: "g2")))?.isConflict == true)
    #expect(try store.reader.idempotentRequest("k1", of: "loopback")?.generation == "g1")
    // Each owner has keys of their own, and a generation may have several.
    try store.write(.putIdempotentRequest(.sample(owner: "user:1", generation: "g2")))
    try store.write(.putIdempotentRequest(.sample("k2")))
  }

  @Test(arguments: TestedStore.all)
  func aKeyThatHasExpiredIsNotThere(_ kind: TestedStore) throws {
    let store = try withGenerations(kind)
    try store.write(.putIdempotentRequest(.sample(expiresIn: -10)))
    #expect(try store.reader.idempotentRequest("k1", of: "loopback") == nil)
    try store.writeTwice(.putIdempotentRequest(.sample(generation: "g2")))
    #expect(try store.reader.idempotentRequest("k1", of: "loopback")?.generation == "g2")
  }

  @Test(arguments: TestedStore.all)
  func keysThatHaveExpiredAreForgotten(_ kind: TestedStore) throws {
    let store = try withGenerations(kind)
    let now = Timestamp.now
    for (place, seconds) in [Int64(100), 200, 300].enumerated() {
      var request = IdempotentRequest.sample("k\(place)")
      request.expiresAt = now + seconds
      try store.write(.putIdempotentRequest(request))
    }
    try store.writeTwice(.dropIdempotentRequests(expiredBy: now + 200))
    #expect(try store.reader.idempotentRequest("k0", of: "loopback") == nil)
    #expect(try store.reader.idempotentRequest("k1", of: "loopback") == nil)
    #expect(try store.reader.idempotentRequest("k2", of: "loopback") != nil)
  }

  @Test(arguments: TestedStore.all)
  func theKeysOfAGenerationThatHasFailedAreForgotten(_ kind: TestedStore) throws {
    let store = try withGenerations(kind)
    try store.write(
      .putIdempotentRequest(.sample()), .putIdempotentRequest(.sample("k2")),
      .putIdempotentRequest(.sample("k3", generation: "g2")))
    try store.writeTwice(.dropIdempotentRequest(generation: "g1"))
    #expect(try store.reader.idempotentRequest("k1", of: "loopback") == nil)
    #expect(try store.reader.idempotentRequest("k2", of: "loopback") == nil)
    #expect(try store.reader.idempotentRequest("k3", of: "loopback") != nil)
    try store.write(.putIdempotentRequest(.sample(generation: "g2")))
  }
}
