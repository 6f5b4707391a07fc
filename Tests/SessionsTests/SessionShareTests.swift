import Budgets
import Testing

@testable import Sessions

/// One client may have a quarter of the sessions, and none pushes out another's with fewer.
@Suite struct SessionShareTests {
  private let manual = ManualClock()
  private let accounts: ClientAccounts
  private let registry: SessionRegistry

  init() {
    var clients = ClientLimits()
    clients.sessions = 2
    accounts = ClientAccounts(limits: clients, capacity: 10)
    var limits = SessionLimits()
    limits.sessions = 8
    limits.timeToLive = .seconds(1000)
    registry = SessionRegistry(limits: limits, clock: manual.clock)
  }

  private var client: ClientAccount { accounts.account(of: .v4(1)) }

  @Test func overItsShareAClientWaits() async throws {
    let client = client
    for name in ["a", "b"] { try await registry.talk(id(name), account: client, then: manual) }
    await #expect(throws: TurnError.overShare(limit: 2)) {
      try await registry.talk(id("c"), account: client, then: manual)
    }
    #expect(client.count(of: .session) == 2)
    // Its own go on, others and clients without a bound begin.
    try await registry.talk(id("a"), account: client, then: manual)
    try await registry.talk(id("d"), account: accounts.account(of: .v4(2)), then: manual)
    for name in ["e", "f", "g"] { try await registry.talk(id(name), then: manual) }
    let counts = registry.currentCounts
    #expect(counts.sessions == 6 && counts.evicted == 0)
  }

  /// One that has rested makes room, the oldest of its own, and never another's.
  @Test func aRestedSessionMakesRoom() async throws {
    let client = client
    try await registry.talk(id("other"), account: accounts.account(of: .v4(2)), then: manual)
    for name in ["a", "b"] { try await registry.talk(id(name), account: client, then: manual) }
    manual.advance(by: .seconds(40))
    try await registry.talk(id("a"), account: client, then: manual)
    manual.advance(by: .seconds(20))
    try await registry.talk(id("c"), account: client, then: manual)
    #expect(await registry.known == ["a", "c", "other"])
    #expect(client.count(of: .session) == 2)
    await #expect(throws: TurnError.overShare(limit: 2)) {
      try await registry.talk(id("d"), account: client, then: manual)
    }
  }

  @Test func aBusyOneStays() async throws {
    let client = client
    let turn = try await registry.beginTurn(
      TurnRequest(sessionID: id("a"), message: "q", model: "m"), account: client)
    try await registry.talk(id("b"), account: client, then: manual)
    manual.advance(by: .seconds(100))
    try await registry.talk(id("c"), account: client, then: manual)
    #expect(await registry.known == ["a", "c"])
    await registry.finishTurn(turn, .completed)
  }

  /// However a session goes, its place is free: by age, for lack of room, or deleted.
  @Test func aPlaceIsGivenBack() async throws {
    var client: ClientAccount? = client
    for name in ["a", "b"] { try await registry.talk(id(name), account: client, then: manual) }
    await registry.dropOne()
    #expect(client?.count(of: .session) == 1)
    try await registry.talk(id("c"), account: client, then: manual)
    manual.advance(by: .seconds(2000))
    await registry.sweep()
    #expect(client?.count(of: .session) == 0)
    for name in ["d", "e"] { try await registry.talk(id(name), account: client, then: manual) }
    for number in 0..<8 { try await registry.talk(id("n\(number)"), then: manual) }
    #expect(client?.count(of: .session) == 0)
    client = nil
    #expect(accounts.count == 0, "the registry keeps no account without a session")
  }
}

extension SessionRegistry {
  /// The names of all sessions.
  fileprivate var known: Set<String> { Set(sessions.values.map { $0.id.description }) }

  fileprivate func dropOne() { _ = evictOldestIdle() }
}
