import Fleet
import System
import Testing

@Suite("Learned slots") struct FleetSlotsTests {
  /// Two servers, of which one alone is asked for: what holds of one among several.
  private static func run(parallel: Int? = nil) -> FleetRun {
    FleetRun([["a"], []], memory: [["a"], []]) { if $0 == 0 { $1.parallel = parallel } }
  }

  @Test func streamsSideBySideProveSlotsAtOnce() {
    var run = Self.run()
    var sent = 0
    var tickets: [FleetTicket] = []
    // Eight wait; four slots: those over them get no head.
    for _ in 0..<12 {
      let (ticket, decision) = run.submit("a")
      if decision.server >= 0 { tickets.append(ticket) }
    }
    for _ in 0..<6 {
      while sent < min(tickets.count, 4) {
        run.begin(tickets[sent])
        sent += 1
      }
      run.pass(0.1)
      tickets += run.takeGrants().keys
    }
    #expect(run.slots(0, "a") == 4)
    #expect(tickets.count == 8)
    // One that waited while four ran settles it.
    let last = tickets[7]
    run.pass(1)
    run.complete(tickets[0])
    run.complete(last, waited: 1)
    #expect(run.slots(0, "a") == 4)
    #expect(run.view(0)?.instances.first?.areSlotsSettled == true)
  }

  /// What is configured is the most, however many run side by side: nothing is looked at again and again for it.
  @Test func moreThanIsConfiguredProvesNothing() {
    var run = Self.run(parallel: 1)
    for _ in 0..<3 {
      let (ticket, _) = run.submit("a")
      run.pass(0.1)
      run.complete(ticket, eval: 0.1, tokens: (10, 4))
    }
    // Short work has one more in flight.
    for _ in 0..<2 { run.begin(run.submit("a").0) }
    _ = run.submit("a")
    run.pass(0.5)
    #expect(run.slots(0, "a") == 1)
    #expect(run.scheduler.nextDeadline.map { $0 > run.time + .milliseconds(100) } ?? true)
  }

  /// A request that waited has shown how many there are. That streams have overlapped for a moment may be a loop that is late.
  @Test func whatIsSettledTakesLonger() {
    var run = Self.run()
    let (first, _) = run.submit("a")
    let (second, _) = run.submit("a")
    run.pass(2)
    run.complete(first)
    run.complete(second, waited: 1)
    #expect(run.view(0)?.instances.first?.areSlotsSettled == true)
    func slots(_ run: inout FleetRun, after seconds: Double) -> Int {
      run.pass(700)
      let tickets = (0..<2).map { _ in run.submit("a").0 }
      for ticket in tickets { run.begin(ticket) }
      run.pass(seconds)
      let (next, _) = run.submit("a")
      defer { for ticket in tickets + [next] { run.left(ticket) } }
      return run.slots(0, "a")
    }
    #expect(slots(&run, after: 0.1) == 1)
    #expect(slots(&run, after: 0.3) == 2)
  }

  @Test func errorsAreNoStreams() {
    var run = Self.run()
    for _ in 0..<2 {
      let (ticket, _) = run.submit("a")
      run.scheduler.contentBegan(ticket, isError: true, at: run.time)
    }
    run.pass(1)
    _ = run.submit("a")
    #expect(run.slots(0, "a") == 1)
  }

  /// A load that a request does itself is over with its first token: who comes next need not look elsewhere.
  @Test func aLoadOfARequestsOwnEndsWithItsFirstToken() {
    var policy = FleetPolicy()
    policy.isQueueing = false
    var run = FleetRun([["a"], ["a"]], policy: policy) { $1.parallel = 2 }
    let (first, decision) = run.submit("a")
    #expect(run.view(decision.server)?.instances.first?.state == .loading)
    run.begin(first)
    #expect(run.view(decision.server)?.instances.first?.state == .resident)
    #expect(run.place("a") == decision.server)
  }

  @Test func aPausedTransferProvesNothing() {
    var run = Self.run()
    let (first, _) = run.submit("a")
    let (second, _) = run.submit("a")
    run.begin(first)
    run.scheduler.paused(first, at: run.time)
    run.begin(second)
    run.pass(1)
    _ = run.submit("a")
    run.pass(1)
    #expect(run.slots(0, "a") == 1)
  }

  @Test func lastLinesProveSlots() {
    var run = Self.run()
    let (first, _) = run.submit("a") { $0.isStreamed = false }
    let (second, _) = run.submit("a") { $0.isStreamed = false }
    run.pass(1)
    run.complete(second, waited: 0)
    #expect(run.slots(0, "a") == 2)
    run.complete(first)
  }

  @Test func oneThatEndsSoonProvesNothingForThoseBeside() {
    var run = Self.run()
    let (first, _) = run.submit("a") { $0.isStreamed = false }
    let (second, _) = run.submit("a") { $0.isStreamed = false }
    run.pass(0.1)
    run.complete(first)
    run.pass(1)
    run.complete(second, waited: 0.04)
    #expect(run.slots(0, "a") == 1)
  }

  @Test func waitsInARowLowerWhatIsConfigured() {
    var run = Self.run(parallel: 4)
    for round in 0..<2 {
      let tickets = (0..<4).map { _ in run.submit("a") { $0.isStreamed = false }.0 }
      run.pass(1)
      run.complete(tickets[3], waited: 3)
      #expect(run.slots(0, "a") == (round == 0 ? 4 : 3))
      for ticket in tickets.prefix(3) { run.complete(ticket, waited: 0.01) }
      if round == 0 { run.complete(run.submit("a").0, waited: 0.2) }
    }
  }

  @Test func whatIsUnreliableProvesNothing() {
    var run = Self.run(parallel: 2)
    for _ in 0..<4 {
      let tickets = (0..<2).map { _ in run.submit("a").0 }
      run.pass(1)
      for ticket in tickets { run.complete(ticket, waited: 5) { $0.isUnreliable = true } }
    }
    #expect(run.slots(0, "a") == 2)
  }

  @Test func aWaitWithoutOthersOfOursIsForeignTraffic() {
    var run = Self.run(parallel: 4)
    let (ticket, _) = run.submit("a")
    run.pass(1)
    run.complete(ticket, waited: 5)
    #expect((run.view(0)?.foreignWait ?? 0) > 4)
    run.pass(60)
    #expect(run.view(0)?.foreignWait == 0)
  }

  @Test func unaryResponsesProveSlotsByTheirTime() {
    var run = Self.run()
    let embed: (inout FleetRequest) -> Void = {
      $0.kind = .embedding
      $0.isStreamed = false
    }
    for _ in 0..<3 {
      let (ticket, _) = run.submit("a", embed)
      run.pass(1)
      _ = run.end(ticket, .completed(FleetReport()))
    }
    let tickets = (0..<2).map { _ in run.submit("a", embed).0 }
    run.pass(1.1)
    for ticket in tickets.reversed() { _ = run.end(ticket, .completed(FleetReport())) }
    #expect(run.slots(0, "a") == 2)
  }

  @Test func shortWorkHasOneMoreInFlight() {
    var run = Self.run(parallel: 1)
    for _ in 0..<3 {
      let (ticket, _) = run.submit("a")
      run.pass(0.1)
      run.complete(ticket, eval: 0.1, tokens: (10, 4))
    }
    #expect(run.place("a") == 0)
    #expect(run.place("a") == 0)
    #expect(run.place("a") == -1)
  }

  @Test func aSlotIsHauntedWhileThePromptIsRead() {
    var run = Self.run(parallel: 1)
    let (ticket, _) = run.submit("a") { $0.promptTokens = 5_000 }
    run.pass(1)
    run.left(ticket)
    // 5,000 tokens at 500 a second.
    let (second, decision) = run.submit("a")
    #expect(decision == .waiting)
    run.pass(8)
    #expect(run.takeGrants().isEmpty)
    run.pass(2)
    #expect(run.takeGrants()[second] == 0)
    // One that is being written to frees its slot at once.
    run.begin(second)
    let (third, _) = run.submit("a")
    run.left(second)
    #expect(run.takeGrants()[third] == 0)
  }

  /// Whether Ollama still works on for it nobody knows: it proves no slot.
  @Test func aGhostIsNotBeside() {
    var run = Self.run()
    let (ghost, _) = run.submit("a") { $0.promptTokens = 5_000 }
    run.pass(1)
    run.left(ghost)
    for _ in 0..<3 {
      let (ticket, decision) = run.submit("a") { $0.isStreamed = false }
      #expect(decision.server == 0)
      run.pass(1)
      run.complete(ticket, waited: 0)
      #expect(run.slots(0, "a") == 1)
    }
    // But it explains a wait.
    let (ticket, _) = run.submit("a") { $0.isStreamed = false }
    run.pass(1)
    run.complete(ticket, waited: 1)
    #expect(run.view(0)?.foreignWait == 0)
  }

  /// Of two that go out together the second may be the first to arrive. Then the first waits, and not for others' traffic.
  @Test func oneThatIsOvertakenWaitsForOurs() {
    var run = Self.run()
    for _ in 0..<2 {
      let (first, _) = run.submit("a") { $0.isStreamed = false }
      run.pass(0.01)
      let (second, _) = run.submit("a") { $0.isStreamed = false }
      run.pass(1)
      run.complete(second, waited: 0)
      #expect(run.slots(0, "a") == 2)
      run.pass(1)
      run.complete(first, waited: 1)
      #expect(run.view(0)?.foreignWait == 0)
    }
    #expect(run.slots(0, "a") == 1)
  }

  /// Four slots are said to be there, and two are: until that is found out, waits look like others' traffic.
  @Test func whatSeemedForeignIsNotWhereSlotsAreFewer() {
    var run = Self.run(parallel: 4)
    for round in 1...4 {
      let tickets = (0..<3).map { _ in run.submit("a") { $0.isStreamed = false }.0 }
      run.pass(1)
      for ticket in tickets.prefix(2) { run.complete(ticket, waited: 0.1) }
      run.complete(tickets[2], waited: 1)
      #expect(((run.view(0)?.foreignWait ?? 0) > 0) == (round < 4))
    }
    #expect(run.slots(0, "a") == 2)
  }

  /// With one slot, those that come near the end of another take hardly longer than alone.
  @Test func unaryResponsesOneAfterTheOtherProveNothing() {
    var run = Self.run()
    let embed: (inout FleetRequest) -> Void = {
      $0.kind = .embedding
      $0.isStreamed = false
    }
    for _ in 0..<3 {
      let (ticket, _) = run.submit("a", embed)
      run.pass(1)
      _ = run.end(ticket, .completed(FleetReport()))
    }
    let (first, _) = run.submit("a", embed)
    run.pass(0.9)
    let (second, _) = run.submit("a", embed)
    run.pass(0.1)
    _ = run.end(first, .completed(FleetReport()))
    run.pass(0.9)
    let (third, _) = run.submit("a", embed)
    run.pass(0.1)
    _ = run.end(second, .completed(FleetReport()))
    #expect(run.slots(0, "a") == 1)
    run.left(third)
  }

  @Test func aBoundOfTheServerHolds() {
    var run = FleetRun([["a", "b"], []], memory: [["a", "b"], []]) {
      $1.parallel = 4
      $1.maxInFlight = 3
    }
    let places = (0..<6).map { run.place($0 % 2 == 0 ? "a" : "b") }
    #expect(places.count { $0 == 0 } == 3)
  }
}
