import Fleet
import Testing

@Suite("Retries and breakers") struct FleetRetryTests {
  private static func run(_ count: Int = 3, policy: FleetPolicy = FleetPolicy()) -> FleetRun {
    FleetRun(
      Array(repeating: ["a"], count: count), memory: Array(repeating: ["a"], count: count), policy: policy
    ) { $1.parallel = 4 }
  }

  /// What moves a request to another server, before content.
  @Test(arguments: [
    FleetFailure.unreachable, .brokenOff, .credentialsRefused, .runnerDied, .outOfMemory, .modelNotFound,
    .firstByteTimeout, .busy,
  ])
  func movesToTheNext(_ failure: FleetFailure) {
    var run = Self.run()
    let (ticket, decision) = run.submit("a")
    let fate = run.end(ticket, .failed(failure))
    #expect(fate.server >= 0)
    #expect(fate.server != decision.server)
    run.complete(ticket)
    #expect(run.scheduler.view(at: run.time).servers.allSatisfy { $0.inFlight == 0 })
  }

  @Test(arguments: FleetFailure.allCases)
  func nothingMovesAfterContent(_ failure: FleetFailure) {
    var run = Self.run()
    let (ticket, _) = run.submit("a")
    run.begin(ticket)
    #expect(run.end(ticket, .failed(failure)) == .over)
  }

  @Test(arguments: FleetFailure.allCases)
  func nothingMovesThatMayNotBeSentAgain(_ failure: FleetFailure) {
    var run = Self.run()
    let (ticket, _) = run.submit("a") { $0.isRetryable = false }
    #expect(run.end(ticket, .failed(failure)) == .over)
  }

  @Test(arguments: FleetFailure.allCases.filter { $0 != .staleConnection })
  func theOnlyServerIsNotTriedAgain(_ failure: FleetFailure) {
    var run = Self.run(1)
    let (ticket, _) = run.submit("a")
    #expect(run.end(ticket, .failed(failure)) == .over)
  }

  /// It was the connection that was old, and not the server: it is tried once more, and others as where it has died.
  @Test(arguments: [true, false], [FleetFailure.staleConnection, .brokenOff])
  func aStaleConnectionIsReplacedOnce(_ isManaged: Bool, _ second: FleetFailure) {
    var policy = FleetPolicy()
    policy.managesSoleServer = isManaged
    for count in [1, 3] {
      var run = Self.run(count, policy: policy)
      // Though it seemed to be down.
      if count == 1 { _ = run.end(run.submit("a").0, .failed(.unreachable)) }
      let (ticket, first) = run.submit("a")
      let place = run.end(ticket, .failed(.staleConnection)).server
      #expect(count == 1 ? place == first.server : place >= 0)
      #expect((run.end(ticket, .failed(second)) == .over) == (count == 1))
      if count > 1 { #expect(run.end(ticket, .failed(second)) == .over) }
      #expect(run.view(0)?.breaker == .closed)
    }
  }

  @Test func whatIsTheClientsAffairIsPassedOn() {
    var run = Self.run()
    let (ticket, _) = run.submit("a")
    #expect(run.end(ticket, .passedOn(status: 400)) == .over)
    let (second, _) = run.submit("a")
    #expect(run.end(second, .failed(.stalled)) == .over)
  }

  /// Where nothing bounds the wait, that Ollamas are busy does not go on for ever.
  @Test func whatIsAlwaysBusyIsToldAfterAMinute() {
    var run = Self.run(2)
    let (ticket, _) = run.submit("a")
    let began = run.now
    var fate = run.end(ticket, .failed(.busy))
    var bounces = 1
    while fate != .over, bounces < 100 {
      if fate == .waiting {
        while run.takeGrants()[ticket] == nil, run.now < began + 300 { run.pass(0.1) }
      }
      fate = run.end(ticket, .failed(.busy))
      bounces += 1
    }
    #expect(fate == .over)
    #expect(run.now - began >= 59 && run.now - began < 95)
  }

  /// What has waited for its turn meanwhile was not refused for as long.
  @Test func aBusyServerLongAgoIsForgotten() {
    var run = Self.run(2)
    let (ticket, _) = run.submit("a")
    #expect(run.end(ticket, .failed(.busy)).server >= 0)
    run.pass(300)
    #expect(run.end(ticket, .failed(.busy)) != .over)
  }

  @Test func atMostThreeServers() {
    var run = Self.run(6)
    let (ticket, first) = run.submit("a")
    var places = [first.server]
    places.append(run.end(ticket, .failed(.credentialsRefused)).server)
    places.append(run.end(ticket, .failed(.credentialsRefused)).server)
    #expect(Set(places).count == 3)
    #expect(run.end(ticket, .failed(.credentialsRefused)) == .over)
  }

  /// It may be the prompt that kills.
  @Test(arguments: [FleetFailure.runnerDied, .brokenOff])
  func aPromptThatKillsTakesAtMostTwo(_ failure: FleetFailure) {
    var run = Self.run(6)
    let (ticket, _) = run.submit("a")
    #expect(run.end(ticket, .failed(failure)).server >= 0)
    #expect(run.end(ticket, .failed(failure)) == .over)
  }

  @Test func retriesHaveABudget() {
    var run = Self.run(2)
    var moved = 0
    for _ in 0..<100 {
      let (ticket, _) = run.submit("a") { $0.promptHash = 1 }
      guard run.end(ticket, .failed(.firstByteTimeout)).server >= 0 else { continue }
      moved += 1
      run.complete(ticket)
    }
    #expect(moved <= 31)
    #expect(moved >= 10)
  }

  @Test func aBusyServerGetsNothingForAWhile() {
    var run = Self.run()
    let (ticket, decision) = run.submit("a")
    let busy = decision.server
    #expect(run.end(ticket, .failed(.busy)).server != busy)
    run.pass(0.5)
    for _ in 0..<6 { #expect(run.place("a") != busy) }
    run.pass(0.6)
    var again = run.submit("a") { $0.allowed = [FleetServerID(busy)] }
    #expect(again.1.server == busy)
    // Busy still: twice as long.
    #expect(run.end(again.0, .failed(.busy)) == .waiting)
    run.pass(1.5)
    #expect(run.takeGrants().isEmpty)
    run.pass(0.7)
    #expect(run.takeGrants()[again.0] == busy)
    run.complete(again.0)
    again = run.submit("a") { $0.allowed = [FleetServerID(busy)] }
    #expect(again.1.server == busy)
  }

  /// One that says at once that it is busy looks idle to who counts connections.
  @Test func aServerThatIsAlwaysBusyDrawsNoTraffic() {
    var run = Self.run()
    var sent = [0, 0, 0]
    var running: [(ticket: FleetTicket, ends: Double)] = []
    var waiting: Set<FleetTicket> = []
    for step in 0..<600 {
      let now = Double(step) * 0.1
      for (ticket, _) in running.filter({ $0.ends <= now }) { run.complete(ticket) }
      running.removeAll { $0.ends <= now }
      let (ticket, decision) = run.submit("a")
      var server = decision.server
      if server < 0 { waiting.insert(ticket) }
      while server == 0 {
        sent[0] += 1
        let fate = run.end(ticket, .failed(.busy))
        #expect(fate != .over)
        server = fate.server
        if fate == .waiting { waiting.insert(ticket) }
      }
      if server > 0 {
        sent[server] += 1
        running.append((ticket, now + 0.5))
      }
      run.pass(0.1)
      for (ticket, server) in run.takeGrants() {
        waiting.remove(ticket)
        sent[server] += 1
        if server == 0 {
          let fate = run.end(ticket, .failed(.busy))
          if fate.server > 0 { running.append((ticket, now + 0.5)) } else { waiting.insert(ticket) }
        } else {
          running.append((ticket, now + 0.5))
        }
      }
    }
    #expect(sent[0] < 20)
    #expect(sent[1] > 200 && sent[2] > 200)
  }

  @Test func anInstanceWithoutMemoryIsLeftAloneForFiveMinutes() {
    var run = Self.run(2)
    let (ticket, decision) = run.submit("a")
    let full = decision.server
    #expect(run.end(ticket, .failed(.outOfMemory)).server == 1 - full)
    run.memory[full] = []
    run.pass(250)
    for _ in 0..<3 { #expect(run.place("a") == 1 - full) }
  }

  @Test func aModelThatIsNotThereIsLookedForAgain() {
    var run = Self.run(2)
    let (ticket, decision) = run.submit("a")
    let before = run.asked.count
    run.lists[decision.server] = []
    #expect(run.end(ticket, .failed(.modelNotFound)).server == 1 - decision.server)
    #expect(run.asked.dropFirst(before).contains { $0.server == decision.server && $0.question == .models })
    run.lists[1 - decision.server] = []
    #expect(run.end(ticket, .failed(.modelNotFound)) == .over)
  }

  // MARK: Breakers

  private static func fail(_ run: inout FleetRun, _ server: Int, prompts: Int, times: Int) {
    for time in 0..<times {
      let (ticket, _) = run.submit("a") {
        $0.allowed = [FleetServerID(server)]
        $0.promptHash = UInt64(time % prompts)
      }
      _ = run.end(ticket, .failed(.firstByteTimeout))
    }
  }

  @Test func fiveFailuresInARowOpenABreaker() {
    var run = Self.run(2)
    Self.fail(&run, 0, prompts: 5, times: 4)
    #expect(run.view(0)?.breaker == .closed)
    Self.fail(&run, 0, prompts: 5, times: 1)
    #expect(run.view(0)?.breaker == .open)
    for _ in 0..<4 { #expect(run.place("a") == 1) }
    // Half open after 30 s, more or less: one request tries, two that work close it.
    run.pass(40)
    #expect(run.view(0)?.state == .halfOpen)
    let only: (inout FleetRequest) -> Void = { $0.allowed = [FleetServerID(0)] }
    let (first, trial) = run.submit("a", only)
    #expect(trial.server == 0)
    let (second, waits) = run.submit("a", only)
    #expect(waits == .waiting)
    run.complete(first)
    #expect(run.takeGrants()[second] == 0)
    run.complete(second)
    #expect(run.view(0)?.breaker == .closed)
  }

  @Test func onePromptAloneOpensNoBreaker() {
    var run = Self.run(2)
    Self.fail(&run, 0, prompts: 1, times: 20)
    #expect(run.view(0)?.breaker == .closed)
  }

  @Test func whereAllAreOpenOneIsTried() {
    var run = Self.run(2)
    Self.fail(&run, 0, prompts: 5, times: 5)
    Self.fail(&run, 1, prompts: 5, times: 5)
    #expect(run.place("a") >= 0)
  }

  /// What works after all need not wait until its time is over.
  @Test func whereAllAreOpenTwoThatWorkCloseOne() {
    var run = Self.run(1)
    Self.fail(&run, 0, prompts: 5, times: 5)
    #expect(run.view(0)?.breaker == .open)
    for _ in 0..<2 {
      let (ticket, decision) = run.submit("a")
      #expect(decision.server == 0)
      run.complete(ticket)
    }
    #expect(run.view(0)?.breaker == .closed)
  }

  @Test func aRunnerThatDiesCountsAgainstItsInstance() {
    var run = FleetRun([["a", "b"], ["a", "b"]], memory: [["a", "b"], ["a", "b"]]) { $1.parallel = 8 }
    for prompt in 0..<5 {
      let (ticket, _) = run.submit("a") {
        $0.allowed = [FleetServerID(0)]
        $0.promptHash = UInt64(prompt)
        $0.isRetryable = false
      }
      if run.takeGrants()[ticket] == nil { for load in run.takeLoads() { run.loaded(load) } }
      _ = run.end(ticket, .failed(.runnerDied))
      run.pass(6)
    }
    #expect(run.view(0)?.breaker == .closed)
    #expect(run.view(0)?.instances.first { $0.model == "a" }?.breaker == .open)
  }
}
