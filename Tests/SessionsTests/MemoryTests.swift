import Access
import Budgets
import Testing

@testable import Sessions

/// What the process's memory has of generations and of turns that wait.
@Suite struct MemoryTests {
  private static let text = String(repeating: "x", count: 10_000)

  @Test func aLogIsCountedAsLongAsAnybodyHasIt() {
    let budget = MemoryBudget(.unsent, limit: 128 << 10, leastShare: 0)
    var log: EventLog? = EventLog(budget: budget)
    #expect(log?.append(Self.text) == .number(1))
    #expect(budget.used == 0, "most generations are small")
    #expect(log?.append(Self.text) == .number(2))
    #expect(budget.used == 64 << 10)
    for number in 3...14 { #expect(log?.append(Self.text) == .number(number)) }
    #expect(budget.used == 128 << 10)
    #expect(log?.append(Self.text) == .outOfMemory(.exhausted))
    #expect(log?.lastNumber == 14, "nothing was appended")
    log = nil
    #expect(budget.used == 0)
  }

  /// One client has a share of the budget for all its logs, and others have the rest.
  @Test func logsCountByClient() {
    let budget = MemoryBudget(.unsent, limit: 1 << 20, leastShare: 128 << 10)
    let client = ClientAccounts(limits: ClientLimits(), capacity: 10).account(of: .v4(0xC0_00_02_01))
    let large = String(repeating: "x", count: 200_000)
    var log: EventLog? = EventLog(budget: budget, account: client)
    #expect(log?.append(large) == .number(1))
    #expect(client.count(of: .unsent) == 192 << 10)
    let second = EventLog(budget: budget, account: client)
    #expect(second.append(large) == .outOfMemory(.clientShare))
    #expect(EventLog(budget: budget).append(large) == .number(1))
    log = nil
    #expect(client.count(of: .unsent) == 0)
    #expect(second.append(large) == .number(1))
  }

  /// Many tiny texts take more memory by their number than by their bytes.
  @Test func theNumberOfTextsCounts() {
    let budget = MemoryBudget(.unsent, limit: 1 << 20, leastShare: 0)
    let log = EventLog(budget: budget)
    for _ in 0..<10_000 { log.append("x") }
    #expect(budget.used >= 80_000)
  }

  @Test func turnsThatWaitAreCounted() async throws {
    let budget = MemoryBudget(.unsent, limit: 25_000, leastShare: 0)
    var limits = SessionLimits()
    limits.memory = budget
    let registry = SessionRegistry(limits: limits)
    let id = try #require(SessionID("s"))
    let request = TurnRequest(
      sessionID: id, principal: .loopback, message: Self.text, model: "m", attachedBytes: 10_000)
    let first = try await registry.beginTurn(request)
    #expect(budget.used == 0, "a turn that begins does not wait")
    let second = Task { try await registry.beginTurn(request) }
    await eventually("it waits") { budget.used == 20_000 }
    await #expect(throws: TurnError.noMemory(.exhausted)) { try await registry.beginTurn(request) }
    await registry.finishTurn(first, .cancelled)
    let turn = try await second.value
    await eventually("all is given back") { budget.used == 0 }
    await registry.finishTurn(turn, .cancelled)
  }
}
