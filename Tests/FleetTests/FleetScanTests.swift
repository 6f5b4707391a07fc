import System
import Testing

@testable import Fleet

/// After an event at one server it alone is looked at, and those alone that could begin there: that is enough.
@Suite("Looks at the queue") struct FleetScanTests {
  @Test(arguments: 0..<6) func asManyBeginAsWhereAllAreLookedAt(seed: Int) {
    var random = Randomness(seed: UInt64(seed) + 5)
    let models = (0..<9).map { "m\($0)" }
    // Each model is in memory somewhere; some servers have two slots, or a bound of their own.
    let lists = (0..<4).map { server in models.indices.filter { $0 % 4 != server }.map { models[$0] } }
    var run = FleetRun(lists, memory: lists) { server, its in
      its.parallel = server == 1 ? 2 : 1
      its.maxInFlight = server == 2 ? 3 : nil
    }
    var sent: [FleetTicket] = []
    var waiting: [FleetTicket] = []
    func take(_ grants: [FleetTicket: Int]) {
      for ticket in grants.keys.sorted(by: { $0.place < $1.place }) {
        waiting.removeAll { $0 == ticket }
        sent.append(ticket)
      }
    }
    for step in 0..<800 {
      switch random.next() % 10 {
      case 0..<4:
        let (ticket, decision) = run.submit(models[Int(random.next() % 9)]) {
          $0.flow = random.next() % 5
          $0.isPrivileged = true
          $0.isStreamed = random.next() % 2 == 0
          $0.band = FleetBand.allCases[Int(random.next() % 3)]
          if random.next() % 5 == 0 { $0.allowed = [FleetServerID(0), FleetServerID(2)] }
        }
        if decision.server >= 0 { sent.append(ticket) } else { waiting.append(ticket) }
      case 4..<9:
        guard let ticket = sent.randomElement(using: &random) else { break }
        sent.removeAll { $0 == ticket }
        let report = FleetReport(
          durations: FleetDurations(
            total: 1_010_000_000, load: 0, promptEval: 10_000_000, eval: 1_000_000_000),
          promptTokens: 10, outputTokens: Int(random.next() % 100))
        let outcome = random.next() % 3 == 0 ? FleetOutcome.passedOn(status: 400) : .completed(report)
        // The same, where all are to be looked at in any case.
        var whole = run.scheduler
        whole.scanDue = .past
        let wanted = whole.ended(ticket, outcome, at: run.time).1
        #expect(run.end(ticket, outcome) == .over)
        let grants = run.takeGrants()
        #expect(grants.count == wanted.count { if case .grant = $0 { true } else { false } }, "step \(step)")
        take(grants)
      default:
        if let ticket = waiting.randomElement(using: &random) {
          waiting.removeAll { $0 == ticket }
          run.left(ticket)
        }
      }
      take(run.takeGrants())
      run.pass(Double(random.next() % 200) / 1_000)
      take(run.takeGrants())
    }
    #expect(run.scheduler.depth < 200)
    #expect(run.scheduler.view(at: run.time).counters.loads == 0)
  }
}
