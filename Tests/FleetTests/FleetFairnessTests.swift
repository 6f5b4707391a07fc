import Fleet
import System
import Testing

@Suite("Turns in the queue") struct FleetFairnessTests {
  private static func run(models: [String] = ["a"], policy: FleetPolicy = FleetPolicy()) -> FleetRun {
    FleetRun([models, []], memory: [models, []], policy: policy) { $1.parallel = 1 }
  }

  /// - Returns: in which order those that wait are sent, where each takes a second.
  private static func order(_ run: inout FleetRun, after first: FleetTicket, count: Int) -> [FleetTicket] {
    var running = first
    var order: [FleetTicket] = []
    while order.count < count {
      run.pass(1)
      run.complete(running)
      let grants = run.takeGrants()
      guard grants.count == 1, let next = grants.first?.key else { break }
      order.append(next)
      running = next
    }
    return order
  }

  // MARK: Flows

  @Test func whoSendsOneDoesNotWaitBehindTwoHundred() {
    var run = Self.run()
    let running = run.submit("a") { $0.flow = 1 }.0
    for _ in 0..<200 { _ = run.submit("a") { $0.flow = 1 } }
    let (one, decision) = run.submit("a") { $0.flow = 2 }
    #expect(decision == .waiting)
    #expect(run.scheduler.standing(of: one, at: run.time)?.position == 1)
    let order = Self.order(&run, after: running, count: 2)
    #expect(order.contains(one))
  }

  @Test func flowsTakeTurns() {
    var run = Self.run()
    let running = run.submit("a") { $0.flow = 1 }.0
    let first = (0..<4).map { _ in run.submit("a") { $0.flow = 1 }.0 }
    let second = (0..<4).map { _ in run.submit("a") { $0.flow = 2 }.0 }
    let order = Self.order(&run, after: running, count: 8)
    let places = second.map { order.firstIndex(of: $0) ?? -1 }
    #expect(places == [0, 2, 4, 6])
    #expect(first.allSatisfy { order.contains($0) })
  }

  /// Long requests count for more: a flow gets as many tokens as another, and not as many requests.
  @Test func jainOverEightFlows() async {
    let shares = await aside {
      FairScenarios.saturate(
        (0..<8).map { FairScenarios.Source(flow: UInt64($0) + 1, outputTokens: 40 + 40 * $0) },
        servers: 4, seconds: 900)
    }
    let index = FairScenarios.jain(shares)
    print("| 8 flows, 40 to 320 tokens a request | Jain's index \(Scenarios.format(index)) |")
    #expect(index >= 0.95)
  }

  @Test func weightsAreMet() async {
    let shares = await aside {
      FairScenarios.saturate(
        [
          FairScenarios.Source(flow: 1, outputTokens: 80),
          FairScenarios.Source(flow: 2, weight: 300, outputTokens: 80),
        ], servers: 2, seconds: 1_000)
    }
    #expect(abs(shares[1] / shares[0] - 3) <= 3 * 0.05, "\(shares)")
  }

  /// What a flow gets of one model is not held against it at another.
  @Test func modelsHaveTurnsOfTheirOwn() {
    var run = FleetRun([["a"], ["b"]], memory: [["a"], ["b"]]) { $1.parallel = 1 }
    var running = run.submit("a") { $0.flow = 1 }.0
    let atB = run.submit("b") { $0.flow = 2 }.0
    for _ in 0..<20 { _ = run.submit("a") { $0.flow = 1 } }
    for _ in 0..<10 {
      run.pass(1)
      run.complete(running)
      guard let next = run.takeGrants().keys.first else { break }
      running = next
    }
    let others = (0..<3).map { _ in run.submit("b") { $0.flow = 2 }.0 }
    let own = run.submit("b") { $0.flow = 1 }.0
    #expect(Self.order(&run, after: atB, count: 4) == [own] + others)
  }

  /// Those of another model that need the same server come in between as well.
  @Test func modelsOfOneServerTakeTurns() {
    var run = FleetRun([["a", "b"], []], memory: [["a", "b"], []]) {
      $1.parallel = 1
      $1.maxInFlight = 1
    }
    let running = run.submit("a") { $0.flow = 1 }.0
    for _ in 0..<50 { _ = run.submit("a") { $0.flow = 1 } }
    run.pass(0.5)
    let one = run.submit("b") { $0.flow = 2 }.0
    #expect(Self.order(&run, after: running, count: 2).contains(one))
  }

  @Test func oneFlowIsServedAsItCameOverAllModels() {
    var run = FleetRun([["a", "b"], []], memory: [["a", "b"], []]) {
      $1.parallel = 1
      $1.maxInFlight = 1
    }
    let running = run.submit("a").0
    let tickets = ["a", "b", "b", "a", "b", "a", "a", "b"].map { run.submit($0).0 }
    #expect(tickets.map { run.scheduler.standing(of: $0, at: run.time)?.position } == Array(1...8))
    #expect(Self.order(&run, after: running, count: 8) == tickets)
  }

  // MARK: Idleness

  /// Who was idle while another was served does not get afterwards what it did not use.
  @Test func whatWasNotUsedIsLost() {
    var run = Self.run()
    var running = run.submit("a") { $0.flow = 1 }.0
    for _ in 0..<40 { _ = run.submit("a") { $0.flow = 1 } }
    for _ in 0..<20 {
      run.pass(1)
      run.complete(running)
      guard let next = run.takeGrants().keys.first else { break }
      running = next
    }
    let late = (0..<5).map { _ in run.submit("a") { $0.flow = 2 }.0 }
    let order = Self.order(&run, after: running, count: 10)
    #expect(late.map { order.firstIndex(of: $0) ?? -1 } == [0, 2, 4, 6, 8])
  }

  /// Nor does it wait for what it had while nobody else wanted anything.
  @Test func whatNobodyElseWantedIsNotPaidFor() {
    var run = Self.run()
    for _ in 0..<50 {
      let ticket = run.submit("a") { $0.flow = 1 }.0
      run.pass(1)
      run.complete(ticket, tokens: (1_000, 4_000))
    }
    let running = run.submit("a") { $0.flow = 3 }.0
    let others = (0..<4).map { _ in run.submit("a") { $0.flow = 2 }.0 }
    let own = (0..<4).map { _ in run.submit("a") { $0.flow = 1 }.0 }
    let order = Self.order(&run, after: running, count: 8)
    #expect(own.map { order.firstIndex(of: $0) ?? -1 } == [1, 3, 5, 7])
    #expect(others.map { order.firstIndex(of: $0) ?? -1 } == [0, 2, 4, 6])
  }

  /// What a request took beyond what was expected is paid for by those behind it.
  @Test func theEndCorrectsWhatWasExpected() {
    var run = Self.run()
    run.complete(run.submit("a") { $0.flow = 1 }.0, tokens: (10, 10))
    let long = run.submit("a") { $0.flow = 1 }.0
    let own = (0..<3).map { _ in
      run.submit("a") {
        $0.flow = 1
        $0.outputLimit = 10
      }.0
    }
    let others = (0..<3).map { _ in
      run.submit("a") {
        $0.flow = 2
        $0.outputLimit = 10
      }.0
    }
    run.pass(1)
    run.complete(long, tokens: (10, 5_000))
    let first = run.takeGrants().keys.first
    #expect(first == others[0])
    guard let first else { return }
    #expect(Self.order(&run, after: first, count: 5) == others.dropFirst() + own)
  }

  // MARK: What is counted

  @Test func theIndexOfTheLastMinuteTellsWhoHadWhat() {
    var run = Self.run()
    // A minute begins.
    run.pass(1_020 - run.now)
    var running = run.submit("a") { $0.flow = 1 }.0
    for flow in 1...2 {
      for _ in 0..<100 { _ = run.submit("a") { $0.flow = UInt64(flow) } }
    }
    #expect(run.scheduler.view(at: run.time).fairness == 1)
    for _ in 0..<65 {
      run.pass(1)
      run.complete(running)
      guard let next = run.takeGrants().keys.first else { break }
      running = next
    }
    let even = run.scheduler.view(at: run.time).fairness
    #expect(even > 0.99 && even <= 1)
    // Nobody waits any more.
    run.pass(200)
    #expect(run.scheduler.view(at: run.time, limit: 0).fairness <= 1)
  }

  @Test func whoPassesMovesOthersBack() {
    var run = Self.run()
    _ = run.submit("a") { $0.flow = 1 }
    let ticket = run.submit("a") {
      $0.flow = 1
      $0.isTold = true
    }.0
    run.pass(2.5)
    #expect(run.scheduler.standing(of: ticket, at: run.time)?.position == 1)
    _ = run.submit("a") { $0.flow = 2 }
    #expect(run.scheduler.standing(of: ticket, at: run.time)?.position == 2)
    run.pass(1.1)
    let counters = run.scheduler.view(at: run.time).counters
    #expect(counters.stepsBack == 1 && counters.stepsForward == 0)
  }

  /// Callers without end are not remembered without end, and the newest is served as any other.
  @Test func manyCallersComeAndGo() {
    var run = Self.run()
    for flow in 0..<10_000 {
      let ticket = run.submit("a") { $0.flow = UInt64(flow) }.0
      run.complete(ticket)
    }
    let running = run.submit("a") { $0.flow = 1 }.0
    let tickets = (2...4).map { flow in run.submit("a") { $0.flow = UInt64(flow) }.0 }
    #expect(Self.order(&run, after: running, count: 3) == tickets)
  }

  // MARK: Bands

  @Test func bandsAreStrict() {
    var run = Self.run()
    let running = run.submit("a").0
    let batch = (0..<2).map { _ in run.submit("a") { $0.band = .batch }.0 }
    let normal = (0..<2).map { _ in run.submit("a").0 }
    let interactive = (0..<2).map { _ in
      run.submit("a") {
        $0.flow = 7
        $0.band = .interactive
      }.0
    }
    #expect(Self.order(&run, after: running, count: 6) == interactive + normal + batch)
  }

  /// Once a minute one of those that were passed over comes first.
  @Test func patienceEnds() {
    var run = Self.run()
    let running = run.submit("a") { $0.band = .interactive }.0
    let batch = (0..<3).map { number in
      run.submit("a") {
        $0.flow = UInt64(number)
        $0.band = .batch
      }.0
    }
    for _ in 0..<200 { _ = run.submit("a") { $0.band = .interactive } }
    let order = Self.order(&run, after: running, count: 190)
    let places = batch.map { order.firstIndex(of: $0) ?? -1 }
    #expect(places == [59, 119, 179])
  }

  // MARK: Retries

  @Test func whatIsSentAgainGoesFirstAndIsPaidForOnce() {
    var run = FleetRun([["a"], ["a"]], memory: [["a"], ["a"]]) { $1.parallel = 1 }
    let (first, decision) = run.submit("a") { $0.flow = 1 }
    let second = run.submit("a") { $0.flow = 1 }.0
    for _ in 0..<4 { _ = run.submit("a") { $0.flow = 2 } }
    let own = run.submit("a") { $0.flow = 1 }.0
    #expect(run.end(first, .failed(.busy)) == .waiting)
    #expect(run.scheduler.standing(of: first, at: run.time)?.position == 1)
    run.complete(second, tokens: (10, 200))
    #expect(run.takeGrants()[first] == 1 - decision.server)
    // The two that it has had are those that it has paid for.
    #expect(run.scheduler.standing(of: own, at: run.time)?.position == 3)
  }

  // MARK: Positions

  /// Who is told a position is served after exactly so many.
  @Test func positionsOfOneFlowAreTrue() {
    var run = Self.run()
    var running = run.submit("a").0
    let tickets = (0..<30).map { _ in run.submit("a") { $0.isTold = true }.0 }
    var served = 0
    var promised: [FleetTicket: [Int]] = [:]
    while served < 30 {
      run.pass(2.5)
      for case .tell(let ticket, let standing) in run.actions {
        promised[ticket, default: []].append(served + standing.position)
      }
      run.complete(running)
      guard let next = run.takeGrants().keys.first else { break }
      running = next
      served += 1
      let isTrue = promised[next]?.allSatisfy { $0 == served } ?? false
      #expect(isTrue, "\(served): \(promised[next] ?? [])")
    }
    #expect(served == tickets.count)
  }

  @Test func expectationsAreNearTheTruth() async {
    let errors = await aside { (1...12).map { FairScenarios.errorsOfExpectations(seed: $0) } }
    let medians = errors.map { Simulation.Result.quantile($0, 0.5) }
    print("| seconds to go: p50 of the error | \(medians.map(Scenarios.format)) | \(errors[0].count) told |")
    #expect(Scenarios.median(medians) < 0.3)
  }

  /// Each of sixty lengths of context is loaded for one request alone: nobody passes for long.
  @Test func expectationsBesideManyContextsAreNearTheTruth() async {
    let errors = await aside { (1...3).map { FairScenarios.errorsBesideManyContexts(seed: $0) } }
    let medians = errors.map { Simulation.Result.quantile($0, 0.5) }
    print(
      "| seconds to go beside many contexts | \(medians.map(Scenarios.format)) | \(errors[0].count) told |")
    #expect(errors.allSatisfy { !$0.isEmpty })
    #expect(Scenarios.median(medians) < 0.3)
  }

  /// Who waits for another model lets those of the one in memory pass.
  @Test func expectationsOfSwapsAreNearTheTruth() async {
    let errors = await aside { (1...3).map { FairScenarios.errorsOfSwaps(load: 0.9, seed: $0) } }
    let medians = errors.map { Simulation.Result.quantile($0, 0.5) }
    print("| seconds to go to a swap | \(medians.map(Scenarios.format)) | \(errors[0].count) told |")
    #expect(errors.allSatisfy { !$0.isEmpty })
    #expect(Scenarios.median(medians) < 0.3)
  }
}
