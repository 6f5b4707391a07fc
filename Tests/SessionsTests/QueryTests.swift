import EventLoop
import Testing

@testable import Sessions

@Suite struct QueryTests {
  let manual = ManualClock()

  @Test func listsAreLatestFirstAndByOwner() async throws {
    let registry = SessionRegistry(clock: manual.clock)
    for number in 0..<6 {
      try await registry.talk(id("s\(number)"), user: number % 2 == 0 ? "even" : "odd", then: manual)
    }
    try await registry.talk(id("s0"), user: "odd", then: manual)
    #expect(await registry.names == ["s0", "s5", "s4", "s3", "s2", "s1"])
    let page = await registry.list(owner: "even", skip: 1, limit: 1)
    #expect(page.total == 3)
    #expect(page.sessions.map(\.id.description) == ["s4"])
    #expect(page.sessions.map(\.messageCount) == [2])
    #expect(await registry.list(owner: "nobody", limit: 10) == SessionPage(sessions: [], total: 0))
    #expect(await registry.list(skip: 10, limit: 10).sessions.isEmpty)
    #expect(await registry.list(limit: 0).total == 6)
  }

  @Test func historyComesInPages() async throws {
    let registry = SessionRegistry(clock: manual.clock)
    let id = id("s")
    for _ in 0..<5 { try await registry.talk(id, then: manual) }
    let page = try #require(await registry.history(of: id, skip: 3, limit: 4))
    #expect(page.messages.map(\.number) == [4, 5, 6, 7])
    #expect(page.total == 10)
    #expect(await registry.history(of: id, skip: 10, limit: 4)?.messages.isEmpty == true)
    #expect(await registry.history(of: id, skip: -1, limit: 1)?.messages.map(\.number) == [1])
  }

  @Test func joiningMakesASessionOnce() async throws {
    let loop = try EventLoop(name: "join")
    defer { loop.shutDown() }
    let registry = SessionRegistry(clock: manual.clock)
    let joined = try await registry.join(nil, owner: "ann", .deaf(on: loop))
    let made = joined.session
    #expect(joined.membership.sessionID == made.id)
    #expect(made.messageCount == 0 && made.owner == "ann" && !made.isGenerating)
    #expect(try await registry.join(made.id, owner: "bob", .deaf(on: loop)).session == made)
    #expect(await registry.currentCounts.sessions == 1)
    withExtendedLifetime(joined.membership) {}
  }
}
