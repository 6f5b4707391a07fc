import System
import Testing

@testable import Fleet

/// Between lines the order is kept by heaps, of which each is right only as long as nothing of its flow is taken. Here it is made
/// anew for each request, as its rule says.
@Suite("The order between models and bands") struct FairOrderTests {
  /// By the rule: the more urgent band, the flow of which fewest were taken, who was served least recently, who came first.
  private static func orderByRule(_ fleet: FleetScheduler, limit: Int, at now: Instant) -> [Int32] {
    let table = fleet.requests
    var lines = table.flows.active.map { line in
      var order = FairOrder()
      order.read(table, [line], limit: .max, patience: 60, at: now)
      return (line: Int(line), rest: order.requests[...], isFirst: true)
    }
    func flow(_ request: Int32) -> Int {
      Int(table.flows.lanes[Int(table[Int(request)].flowLane)].key.flow)
    }
    var taken: [Int: Int] = [:]
    var order: [Int32] = []
    while order.count < limit {
      var chosen: (place: Int, key: (Int, Int, Instant, UInt64))?
      for (place, line) in lines.enumerated() {
        guard let request = line.rest.first else { continue }
        let state = table.flows.lines[line.line]
        let isPromoted = line.isFirst && now.seconds(since: state.since) >= 60
        let since =
          isPromoted
          ? state.since
          : max(table[Int(request)].submittedAt, table.flows.flows[flow(request)].startedAt)
        let band = isPromoted ? FleetBand.interactive : state.key.band
        let key = (band.rawValue, taken[flow(request)] ?? 0, since, table[Int(request)].order)
        if chosen.map({ key < $0.key }) ?? true { chosen = (place, key) }
      }
      guard let chosen, let request = lines[chosen.place].rest.popFirst() else { break }
      lines[chosen.place].isFirst = false
      taken[flow(request), default: 0] += 1
      order.append(request)
    }
    return order
  }

  @Test(arguments: [1, 2, 5, 40]) func isTheRules(flows: Int) {
    let names = (0..<7).map { "m\($0)" }
    var run = FleetRun([names, []], memory: [names, []]) { $1.parallel = 1 }
    var random = Randomness(seed: UInt64(flows))
    var order = FairOrder()
    for round in 0..<60 {
      for _ in 0..<8 {
        _ = run.submit(names[Int(random.next() % 7)]) {
          $0.flow = random.next() % UInt64(flows)
          $0.band = FleetBand.allCases[Int(random.next() % 3)]
          $0.promptTokens = Int(random.next() % 1_000)
          $0.isPrivileged = true
        }
      }
      run.pass(Double(random.next() % 4_000) / 1_000)
      let now = run.time.nanoseconds
      order.read(run.scheduler.requests, limit: 64, patience: 60, at: now)
      #expect(order.requests == Self.orderByRule(run.scheduler, limit: 64, at: now), "round \(round)")
      let all = run.scheduler.requests.requests.indices.filter {
        run.scheduler.requests[$0].phase == .sent
      }
      guard let one = all.randomElement(using: &random) else { continue }
      run.complete(run.scheduler.requests.ticket(one), tokens: (10, Int(random.next() % 400)))
    }
    #expect(run.scheduler.depth > 64)
  }
}
