import Fleet
import Testing

/// What the scheduler is worth, against what balancers do today, over Ollamas that are modelled with what was measured of real ones.
@Suite("The fleet in simulation", .serialized) struct FleetSimulationTests {
  private static let compared = [Simulation.Router.leastOutstanding, .fleet]

  @Test func fiveModelsOnFourServers() async {
    let rows = await aside {
      Self.compared.map { Scenarios.models($0, shares: [0.5, 0.2, 0.15, 0.1, 0.05], load: 60, use: 0.4) }
    }
    for row in rows { print(row) }
    #expect(rows[1].loads <= 0.7 * rows[0].loads)
    #expect(rows[1].p95 <= 0.4 * rows[0].p95)
  }

  @Test func aHotModelSpreads() async {
    let rows = await aside {
      Self.compared.map { Scenarios.models($0, shares: [0.6, 0.3, 0.1], load: 15, use: 0.8) }
    }
    for row in rows { print(row) }
    #expect(rows[1].p95 < rows[0].p95)
    #expect(rows[1].worstModel <= 2 * rows[1].mean)
  }

  @Test func conversationsStayWhereTheirPromptsAre() async {
    let rows = await aside {
      Self.compared.map { Scenarios.sessions($0, count: 16, cachedPrompts: 16, version: "0.33.0") }
    }
    for row in rows { print(row) }
    #expect(rows[1].hits >= 0.9)
    #expect(rows[1].p50 * 8 <= rows[0].p50)
    #expect(rows[1].p99 <= rows[0].p99)
  }

  /// Clients that name no conversation are known by their prompts.
  @Test func promptsStayWhereTheyAre() async {
    let rows = await Self.unnamed(tokens: 2_000)
    #expect(rows[1].hits >= 0.9)
    #expect(rows[1].p50 * 8 <= rows[0].p50)
    #expect(rows[1].p99 <= rows[0].p99)
  }

  /// All begin with the same, which no server has alone for long.
  @Test(arguments: [(2_500, 1_500), (6_000, 5_000)])
  func whatAllBeginWithDoesNotBindThem(tokens: Int, shared: Int) async {
    let rows = await Self.unnamed(tokens: tokens, shared: shared)
    #expect(rows[1].hits >= 0.9)
    #expect(rows[1].p50 * 4 <= rows[0].p50)
    #expect(rows[1].p99 <= rows[0].p99)
    #expect(rows[1].share <= 0.4)
  }

  /// They are known from their first blocks on, which are short.
  @Test func shortPromptsStayAsWell() async {
    let rows = await Self.unnamed(tokens: 150)
    #expect(rows[1].hits >= 0.85)
    #expect(rows[1].p50 * 4 <= rows[0].p50)
    #expect(rows[1].p99 <= rows[0].p99)
  }

  private static func unnamed(tokens: Int, shared: Int = 0) async -> [Scenarios.Row] {
    let rows = await aside {
      compared.map {
        Scenarios.sessions(
          $0, count: 16, cachedPrompts: 16, version: "0.33.0", areNamed: false, promptTokens: tokens,
          sharedTokens: shared)
      }
    }
    for row in rows { print(row, row.share) }
    return rows
  }

  @Test func oneSlotCachesOneConversation() async {
    let rows = await aside {
      Self.compared.map { Scenarios.sessions($0, count: 4, cachedPrompts: 1, version: "0.9.3") }
    }
    for row in rows { print(row) }
    #expect(rows[1].hits >= 0.999)
  }

  /// Each has a server of its own, or fits in what the other one needs.
  @Test(arguments: [(2, false), (2, true), (1, true)])
  func twoContextLengthsTakeTwoLoads(servers: Int, fits: Bool) async {
    let result = await aside { Scenarios.twoContextLengths(servers: servers, fits: fits) }
    #expect(result.done == 200)
    #expect(result.loads <= 2)
    // With two servers none has to.
    if servers == 1 { #expect(result.view?.counters.reloadsAvoided ?? 0 >= 95) }
    if !fits { #expect(result.view?.counters.reloadsAvoided == 0) }
  }

  /// No client sees an error before the first byte.
  @Test func oneOfThreeIsKilled() async {
    let result = await aside { Scenarios.kill() }
    print(
      "| kill one of three at 50 requests/s | \(result.done) done, \(result.moved) moved, \(result.failed) cut |"
    )
    #expect(result.failed == result.cut)
    #expect(result.done + result.failed == 1_000)
    #expect(result.lostAfterKill <= 1)
  }

  /// As if the gateway held nothing back.
  @Test(arguments: [1, 4], [true, false])
  func theOnlyServerLosesNoThroughput(slots: Int, isUnary: Bool) async {
    let direct = await aside { Scenarios.sole(.random, slots: slots, isUnary: isUnary) }
    let gated = await aside { Scenarios.sole(.fleet, slots: slots, isUnary: isUnary) }
    print(
      "| one server, \(slots) slots, unary: \(isUnary) | \(direct.duration) s direct | \(gated.duration) s |")
    #expect(gated.done == direct.done)
    #expect(gated.duration <= direct.duration * 1.001)
    #expect(gated.view?.servers[0].instances[0].slots == slots)
  }

  @Test(arguments: [1, 2, 4, 8], [true, false])
  func slotsAreLearnedSoon(slots: Int, isUnary: Bool) async {
    let result = await aside { Scenarios.learn(slots: slots, isUnary: isUnary) }
    #expect(result.view?.servers[0].instances.first { $0.state == .resident }?.slots == slots)
  }
}
