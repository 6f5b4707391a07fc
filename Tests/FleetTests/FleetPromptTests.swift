import Testing

@testable import Fleet

/// Requests whose clients name no conversation stay where their prompts are.
@Suite("The fleet knows prompts") struct FleetPromptTests {
  private func turn(_ blocks: Range<UInt64>, tokens: Int = 2_000) -> (inout FleetRequest) -> Void {
    {
      $0.prompt = PromptChain(blocks: blocks.map { $0 &* 0x9E37_79B9_7F4A_7C15 })
      $0.promptTokens = tokens
    }
  }

  private func grant(_ decision: FleetDecision) throws -> FleetGrant {
    guard case .granted(let grant) = decision else {
      Issue.record("not sent")
      throw NotSent()
    }
    return grant
  }

  private struct NotSent: Error {}

  /// - Returns: where it went.
  @discardableResult
  private func run(
    _ run: inout FleetRun, _ turn: @escaping (inout FleetRequest) -> Void, prompt: Double, tokens: Int = 2_000
  ) throws -> FleetGrant {
    let (ticket, decision) = run.submit("a", turn)
    let grant = try grant(decision)
    run.complete(ticket, prompt: prompt, tokens: (tokens, 100))
    return grant
  }

  @Test func theNextTurnFindsItsPrompt() throws {
    var fleet = FleetRun([["a"], ["a"]], memory: [["a"], ["a"]])
    let first = try run(&fleet, turn(0..<10), prompt: 4)
    #expect(first.affinity == .initialize)
    for length in 11..<15 as Range<UInt64> {
      // The other one has been used less recently.
      let (other, _) = fleet.submit("a")
      fleet.pass(1)
      fleet.complete(other)
      let next = try run(&fleet, turn(0..<length, tokens: 2_100), prompt: 0.2, tokens: 2_100)
      #expect(next.server == first.server && next.affinity == .retain)
    }
    #expect(fleet.scheduler.counters.savedTokens > 4 * 1_000)
  }

  @Test func itGoesElsewhereWhereThatIsSooner() throws {
    var fleet = FleetRun([["a"], ["a"]], memory: [["a"], ["a"]])
    let first = try run(&fleet, turn(0..<10), prompt: 4)
    let (long, _) = fleet.submit("a") { $0.allowed = [first.server] }
    fleet.complete(long, eval: 200, tokens: (10, 8_000))
    _ = fleet.submit("a") { $0.allowed = [first.server] }
    let moved = try run(&fleet, turn(0..<11), prompt: 4)
    #expect(moved.server != first.server && moved.affinity == .switch)
    // Now both have it.
    #expect(try run(&fleet, turn(0..<12), prompt: 0.2).server == moved.server)
  }

  @Test func whatWasLoadedAgainHasNothing() throws {
    var fleet = FleetRun([["a"], ["a"]], memory: [["a"], ["a"]])
    let first = try run(&fleet, turn(0..<10), prompt: 4)
    fleet.memory[first.server.number] = []
    fleet.pass(20)
    let next = try run(&fleet, turn(0..<11), prompt: 4)
    #expect(next.affinity == .initialize && next.server != first.server)
  }

  @Test func anotherModelsPromptIsAnother() throws {
    var fleet = FleetRun([["a", "b"], ["a", "b"]], memory: [["a", "b"], ["a", "b"]])
    try run(&fleet, turn(0..<10), prompt: 4)
    let other = try grant(fleet.submit("b", turn(0..<10)).1)
    #expect(other.affinity == .initialize)
  }

  @Test func timeAndOtherPromptsPushItOut() throws {
    var policy = FleetPolicy()
    policy.asksServers = false
    policy.cachedTokens = 10_000
    for isByTime in [true, false] {
      var fleet = FleetRun([["a"], ["a"]], memory: [["a"], ["a"]], policy: policy)
      for server in 0..<2 {
        let id = FleetServerID(server)
        fleet.perform(
          fleet.scheduler.observed(id, .models([.init(name: "a", digest: "d-a")]), at: fleet.time))
        fleet.perform(
          fleet.scheduler.observed(id, .loaded([.init(name: "a", digest: "d-a")]), at: fleet.time))
      }
      let first = try run(&fleet, turn(0..<10), prompt: 4)
      if isByTime {
        fleet.pass(3_601)
      } else {
        for number in 1...6 as ClosedRange<UInt64> {
          try run(&fleet, turn(number * 100..<number * 100 + 10), prompt: 4)
          let (ticket, _) = fleet.submit("a") {
            $0.allowed = [first.server]
            $0.promptTokens = 2_000
          }
          fleet.complete(ticket, prompt: 4, tokens: (2_000, 100))
        }
      }
      #expect(try run(&fleet, turn(0..<11), prompt: 4).affinity == .initialize, "\(isByTime)")
    }
  }

  @Test func aNamedConversationGoesBeforeThePrompt() throws {
    var fleet = FleetRun([["a"], ["a"]], memory: [["a"], ["a"]])
    try run(&fleet, turn(0..<10), prompt: 4)
    let named = try grant(
      fleet.submit("a") {
        $0.conversation = 7
        $0.prompt = PromptChain(blocks: [1, 2, 3])
      }.1)
    #expect(named.affinity == .initialize)
    let none = try grant(fleet.submit("a") { $0.prompt = PromptChain(blocks: []) }.1)
    #expect(none.affinity == .none)
  }

  @Test func withOneServerThereIsNothingToKnow() throws {
    var fleet = FleetRun([["a"]], memory: [["a"]])
    for _ in 0..<2 {
      #expect(try run(&fleet, turn(0..<10), prompt: 4).affinity == .none)
    }
  }

  @Test func theTableForgetsWhatWasUsedLongestAgo() {
    var table = PromptTable(limit: 100)
    let put = { (table: inout PromptTable, key: UInt64, time: Int64) in
      table.put(PromptTable.Entry(key: key, usedAt: time))
    }
    #expect(table[1] == nil)
    // All in the same few places: 64 entries in eight times eight.
    for number in 1...9 as ClosedRange<UInt64> { put(&table, number << 32 | 8, Int64(number)) }
    #expect(table[1 << 32 | 8] == nil && table[2 << 32 | 8] != nil && table[9 << 32 | 8] != nil)
    put(&table, 2 << 32 | 8, 10)
    put(&table, 10 << 32 | 8, 11)
    #expect(table[2 << 32 | 8]?.usedAt == 10 && table[3 << 32 | 8] == nil)
    for number in 1...10_000 as ClosedRange<UInt64> { put(&table, number, 20) }
    #expect((1...10_000 as ClosedRange<UInt64>).count { table[$0] != nil } == 64)
  }
}
