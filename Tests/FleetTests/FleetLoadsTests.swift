import Fleet
import Testing

@Suite("Loads and instances") struct FleetLoadsTests {
  @Test func oneLoadForAllWhoWait() {
    var run = FleetRun([["a"], []])
    let tickets = (0..<3).map { _ in run.submit("a").0 }
    let loads = run.takeLoads()
    #expect(loads.count == 1)
    #expect(loads[0].model == "a")
    #expect(loads[0].ticket == tickets[0])
    // The first leaves in mid-load.
    run.pass(5)
    run.left(tickets[0])
    #expect(run.actions.isEmpty)
    run.loaded(loads[0])
    #expect(run.takeGrants()[tickets[1]] == 0)
    #expect(run.takeLoads().isEmpty)
  }

  @Test func aLoadThatNobodyWaitsForIsGivenUpAtItsBeginning() {
    var run = FleetRun([["a"], []])
    let (early, _) = run.submit("a")
    let load = run.takeLoads()[0]
    run.pass(0.1)
    run.left(early)
    #expect(run.actions == [.cancelLoad(FleetServerID(0), load.id)])
    _ = run.takeGrants()
    let (late, _) = run.submit("a")
    #expect(run.takeLoads().count == 1)
    run.pass(1)
    run.left(late)
    #expect(!run.actions.contains { if case .cancelLoad = $0 { true } else { false } })
  }

  /// Whoever waits before them: one who leaves takes the load from nobody.
  @Test(arguments: [0, 1, 90]) func aLoadThatOthersWaitForIsKept(before: Int) {
    var run = FleetRun([["a"], ["b"]], memory: [["a"], []]) { $1.parallel = 1 }
    for _ in 0...before { _ = run.submit("a") { $0.band = .interactive } }
    let victim = run.submit("b").0
    let load = run.takeLoads().first
    run.pass(0.1)
    for _ in 0..<5 {
      let leaver = run.submit("b").0
      run.pass(0.01)
      run.left(leaver)
    }
    #expect(!run.actions.contains { if case .cancelLoad = $0 { true } else { false } })
    #expect(run.view(1)?.waiting == 1 && run.view(0)?.waiting == before)
    guard let load else { return #expect(Bool(false), "no load") }
    run.loaded(load)
    #expect(run.takeGrants()[victim] == 1)
  }

  @Test func aLoadThatFailsIsTriedElsewhere() {
    var run = FleetRun([["a"], ["a"]])
    let (ticket, _) = run.submit("a")
    let first = run.takeLoads()
    #expect(first.count == 1)
    run.loaded(first[0], error: .outOfMemory)
    let second = run.takeLoads()
    #expect(second.count == 1)
    #expect(second[0].server != first[0].server)
    run.loaded(second[0])
    #expect(run.takeGrants()[ticket] == second[0].server.number)
  }

  @Test func aLoadThatFailsEverywhereIsLeftToTheRequest() {
    var run = FleetRun([["a"], ["a"]])
    let (ticket, _) = run.submit("a")
    run.loaded(run.takeLoads()[0], error: .runnerDied)
    run.loaded(run.takeLoads()[0], error: .runnerDied)
    #expect(run.takeGrants()[ticket] != nil)
  }

  @Test func aLoadThatCannotBeSeenIsNotTheGateways() {
    var run = FleetRun([["a", "b"], []])
    let (ticket, _) = run.submit("a")
    let load = run.takeLoads()[0]
    // The server says that it is there, and does not show it.
    run.perform(run.scheduler.observed(load.server, .loadEnded(load.id, error: nil), at: run.time))
    run.pass(20)
    #expect(run.takeGrants()[ticket] == 0)
    run.complete(ticket)
    run.pass(20)
    #expect(run.place("b") == 0)
    #expect(run.takeLoads().isEmpty)
  }

  @Test func theOnlyServerLoadsByItself() {
    var run = FleetRun([["a"]])
    #expect(run.place("a") == 0)
    #expect(run.takeLoads().isEmpty)
    var policy = FleetPolicy()
    policy.ownsLoadsOfSoleServer = true
    var owning = FleetRun([["a"]], policy: policy)
    #expect(owning.submit("a").1 == .waiting)
    #expect(owning.takeLoads().count == 1)
  }

  @Test("Loads are counted by model and reason, and models beyond the bound together") func loadCounts() {
    var policy = FleetPolicy()
    policy.countedModelLimit = 1
    var run = FleetRun([["a", "b", "c"], []], policy: policy)
    for model in ["a", "b", "c"] {
      let (ticket, _) = run.submit(model)
      for load in run.takeLoads() { run.loaded(load) }
      run.complete(ticket)
    }
    let (other, _) = run.submit("a") { $0.options.contextLength = 16_384 }
    for load in run.takeLoads() { run.loaded(load) }
    run.complete(other)
    let loads = run.scheduler.view(at: run.time).servers[0].loads
    #expect(
      loads == [
        FleetLoadCount(model: nil, reason: .cold, count: 2),
        FleetLoadCount(model: "a", reason: .cold, count: 1),
        FleetLoadCount(model: "a", reason: .options, count: 1),
      ])
  }

  @Test("What was in memory before is no load that was seen") func foreignLoads() {
    var run = FleetRun([["a", "b"], []], memory: [["a"]])
    run.pass(10)
    func loads() -> [FleetLoadCount] { run.scheduler.view(at: run.time).servers[0].loads }
    #expect(loads().isEmpty)
    run.memory[0, default: []].append(FleetLoadedModel(name: "b", digest: "d-b", size: 1_000))
    run.pass(60)
    #expect(loads() == [FleetLoadCount(model: "b", reason: .foreign, count: 1)])
  }

  @Test func anotherContextLengthIsAnotherInstance() {
    var run = FleetRun([["a"], ["a"]], memory: [[], []])
    let (small, _) = run.submit("a") { $0.options.contextLength = 4_096 }
    let first = run.takeLoads()[0]
    run.loaded(first)
    #expect(run.takeGrants()[small] == first.server.number)
    let (large, _) = run.submit("a") { $0.options.contextLength = 8_192 }
    let second = run.takeLoads()[0]
    #expect(second.server != first.server)
    run.loaded(second)
    run.complete(small)
    #expect(run.takeGrants()[large] == second.server.number)
    run.complete(large)
    for _ in 0..<10 {
      for (length, load) in [(4_096, first), (8_192, second)] {
        let (ticket, decision) = run.submit("a") { $0.options.contextLength = length }
        #expect(decision.server == load.server.number)
        run.pass(1)
        run.complete(ticket)
      }
    }
    #expect(run.takeLoads().isEmpty)
  }

  @Test func whatOthersLoadedServesRequestsWithoutOptions() {
    var run = FleetRun([["a"], ["a"]])
    run.memory[1] = [FleetLoadedModel(name: "a", digest: "d-a", contextLength: 16_384, size: 1_000)]
    run.pass(40)
    let (first, plain) = run.submit("a")
    #expect(plain.server == 1)
    run.complete(first)
    let (ticket, decision) = run.submit("a") { $0.options.contextLength = 16_384 }
    #expect(decision.server == 1)
    run.complete(ticket)
  }

  @Test func twoNamesOfOneDigestAreOneInstance() {
    var run = FleetRun([["a"], []], memory: [["a"], []])
    let listed = ["a", "alias"].map { FleetListedModel(name: $0, digest: "d-a", size: 1_000) }
    run.perform(run.scheduler.observed(FleetServerID(0), .models(listed), at: run.time))
    #expect(run.place("alias") == 0)
    #expect(run.takeLoads().isEmpty)
  }

  /// Requests of the model in memory pass one that needs another in its place, but not for ever.
  @Test func aSwapWaitsForSomeTimeAndNoLonger() {
    var run = FleetRun([["a", "b"], []], memory: [["a"], []]) {
      $1.parallel = 1
      $1.maxLoaded = 1
    }
    var current = run.submit("a").0
    run.complete(current, eval: 5, tokens: (10, 200))
    current = run.submit("a").0
    let (swap, _) = run.submit("b")
    var passed = 0
    var began = 0.0
    for second in 1...60 where began == 0 {
      let (next, _) = run.submit("a")
      run.pass(1)
      run.complete(current, eval: 1, tokens: (10, 40))
      let grants = run.takeGrants()
      if grants[next] != nil { passed += 1 }
      current = next
      if run.scheduler.standing(of: swap, at: run.time)?.reason == .loading { began = Double(second) }
      if grants.isEmpty { began = Double(second) }
    }
    #expect(passed >= 20)
    #expect(began >= 25 && began <= 40)
  }

  @Test func noLoadTakesThePlaceOfWhatIsBusy() {
    var run = FleetRun([["a", "b"], ["c"]], memory: [["a"], []]) {
      $1.parallel = 2
      $1.maxLoaded = 1
    }
    let (running, _) = run.submit("a")
    _ = run.submit("b")
    #expect(run.takeLoads().isEmpty)
    run.complete(running)
    run.pass(2)
    #expect(run.takeLoads().count == 1)
  }
}
