import Access
import GatewayTesting
import Testing

@testable import Sessions

/// What a registry does not keep for ever, on each kind of store.
@Suite("Stores: retention") struct RetentionTests {
  private static let mark = "a text that nobody else has: 0815-4711"

  @Test(
    "session_ttl: what was not used for its time goes with all that belongs to it", arguments: TestedStore.all
  )
  func timeToLive(_ kind: TestedStore) async throws {
    let kept = try KeptRegistry(kind, timeToLive: .seconds(30 * 86_400))
    let image = SessionImage(Array("image".utf8), digest: .sample(1), mediaType: .png, hold: nil)
    for name in ["a", "b", "c"] { try await kept.talk(name, Self.mark, images: [.given(image)]) }
    try await kept.talk("b")
    let before = try kept.store.rowCounts()
    kept.advance(by: .seconds(29 * 86_400))
    await kept.registry.dropOldSessions()
    try await kept.talk("d", Self.mark)
    #expect(try await kept.stored() == ["a", "b", "c", "d"])
    try await kept.restart()
    try await kept.talk("b")
    kept.advance(by: .seconds(2 * 86_400))
    await kept.registry.dropOldSessions()
    try await eventually("they are deleted") { try await kept.stored() == ["b", "d"] }
    #expect(try await kept.registry.list(as: .loopback, limit: 10)?.total == 2)
    let after = try kept.store.rowCounts()
    #expect(before["images"] == 3 && after["images"] == 1)
    #expect(after["messages"] == 8 && after["generations"] == 4)
    // And what was deleted is on the disk no more.
    kept.advance(by: .seconds(40 * 86_400))
    await kept.registry.dropOldSessions()
    try await eventually("they are deleted") { try await kept.stored() == [] }
    await kept.close()
    if let sqlite = kept.store as? SQLiteUnderTest {
      #expect(try sqlite.filesAndBackup(with: Self.mark) == [])
    }
  }

  @Test(
    "max_sessions: the oldest of an owner goes, also of those of an earlier process",
    arguments: TestedStore.all)
  func sessionsOfPrincipal(_ kind: TestedStore) async throws {
    let kept = try KeptRegistry(kind, sessionsOfPrincipal: 2)
    for name in ["a", "b"] { try await kept.talk(name) }
    try await kept.restart()
    try await kept.talk("a")
    try await kept.talk("c")
    try await eventually("the oldest goes") { try await kept.stored() == ["a", "c"] }
    try await kept.talk("d")
    try await eventually("the oldest goes") { try await kept.stored() == ["c", "d"] }
    await kept.close()
  }

  @Test(
    "store_max: turns are refused, reading and deleting go on, and turns begin again",
    arguments: TestedStore.all)
  func storeMax(_ kind: TestedStore) async throws {
    let kept = try KeptRegistry(kind, sizeLimit: 1 << 20)
    // Not compressible, as PostgreSQL stores it.
    let text = String(decoding: (0..<100_000).map { _ in UInt8.random(in: 33...126) }, as: UTF8.self)
    var taken: [String] = []
    await #expect(throws: TurnError.store(.full(limit: 1 << 20))) {
      for number in 100..<160 {
        try await kept.talk("s\(number)", text)
        taken.append("s\(number)")
      }
    }
    #expect(taken.count > 3)
    #expect(try await kept.stored() == taken)
    let first = try #require(SessionID(taken[0]))
    #expect(try await kept.registry.history(of: first, as: .loopback, limit: 9)?.messages.count == 2)
    for name in taken.dropLast() {
      #expect(try await kept.registry.delete(try #require(SessionID(name)), as: .loopback) == 2)
    }
    try await eventually("there is room") { kept.storage.refusal == nil }
    try await kept.talk("again", text)
    #expect(try await kept.stored() == ["again", try #require(taken.last)])
    await kept.close()
  }
}
