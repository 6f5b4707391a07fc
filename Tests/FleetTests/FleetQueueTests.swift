import Fleet
import System
import Testing

@Suite("The queue") struct FleetQueueTests {
  private static func run(policy: FleetPolicy = FleetPolicy()) -> FleetRun {
    FleetRun([["a"], []], memory: [["a"], []], policy: policy) { $1.parallel = 1 }
  }

  @Test func firstComeFirstServed() {
    var run = Self.run()
    var running = run.submit("a").0
    let tickets = (0..<20).map { _ in run.submit("a").0 }
    for ticket in tickets {
      run.pass(1)
      run.complete(running)
      #expect(run.takeGrants() == [ticket: 0])
      running = ticket
    }
  }

  @Test func whatWaitsAgainIsBeforeThoseThatCameAfter() {
    var run = FleetRun([["a"], ["a"]], memory: [["a"], ["a"]]) { $1.parallel = 1 }
    let (first, decision) = run.submit("a")
    let (second, _) = run.submit("a")
    let (third, waits) = run.submit("a")
    #expect(waits == .waiting)
    #expect(run.end(first, .failed(.firstByteTimeout)) == .waiting || run.takeGrants()[third] != nil)
    run.complete(second)
    #expect(run.takeGrants()[first] == 1 - decision.server)
  }

  @Test func theQueueIsBounded() {
    var policy = FleetPolicy()
    policy.waitingLimit = 8
    var run = Self.run(policy: policy)
    _ = run.submit("a")
    var decisions = (0..<4).map { _ in run.submit("a") { $0.flow = 1 }.1 }
    #expect(decisions == [.waiting, .waiting, .refused(.overShare), .refused(.overShare)])
    #expect(run.submit("a") { $0.flow = 2 }.1 == .waiting)
    decisions = (0..<6).map { _ in
      run.submit("a") {
        $0.flow = 1
        $0.isPrivileged = true
      }.1
    }
    #expect(decisions.count { $0 == .waiting } == 5)
    #expect(decisions.last == .refused(.queueFull))
  }

  /// Who comes again after that has a place.
  @Test func aFullQueueSaysWhenThereIsAPlace() {
    var policy = FleetPolicy()
    policy.waitingLimit = 2
    var run = Self.run(policy: policy)
    var running = run.submit("a").0
    run.complete(running, eval: 5, tokens: (10, 200))
    running = run.submit("a").0
    for _ in 0..<2 { _ = run.submit("a") { $0.isPrivileged = true } }
    #expect(run.submit("a") { $0.isPrivileged = true }.1 == .refused(.queueFull))
    run.pass(2)
    let seconds = run.scheduler.nextPlace(at: run.time)
    #expect(seconds > .seconds(3) && seconds < .seconds(3.1))
    run.pass(3.1)
    run.complete(running, eval: 5, tokens: (10, 200))
    #expect(run.submit("a") { $0.isPrivileged = true }.1 == .waiting)
  }

  /// Where it is a flow's share that is full, one of its own has to go.
  @Test func aFullShareSaysWhenOneOfItsOwnGoes() {
    var policy = FleetPolicy()
    policy.waitingLimit = 8
    var run = Self.run(policy: policy)
    var running = run.submit("a") { $0.flow = 2 }.0
    run.complete(running, eval: 5, tokens: (10, 200))
    running = run.submit("a") { $0.flow = 2 }.0
    for _ in 0..<2 { _ = run.submit("a") { $0.flow = 2 } }
    for _ in 0..<2 { _ = run.submit("a") { $0.flow = 1 } }
    #expect(run.submit("a") { $0.flow = 1 }.1 == .refused(.overShare))
    // Its first comes before the second of the other, which has had one already.
    #expect(run.scheduler.nextPlace(of: 1, at: run.time) == run.scheduler.nextPlace(at: run.time))
    let delay = run.scheduler.nextPlace(of: 1, at: run.time)
    run.pass(Double(delay.components.seconds) + 0.1)
    run.complete(running, eval: 5, tokens: (10, 200))
    #expect(run.submit("a") { $0.flow = 1 }.1 == .waiting)
  }

  @Test func aLimitOfWaitingEndsIt() {
    var run = Self.run()
    _ = run.submit("a")
    let (ticket, _) = run.submit("a") { $0.waitLimit = .seconds(3) }
    run.pass(2.9)
    #expect(run.actions.isEmpty)
    run.pass(0.2)
    #expect(run.actions == [.refuse(ticket, .timedOut)])
    #expect(run.scheduler.depth == 0)
  }

  @Test func positionsAreTrue() {
    var run = Self.run()
    var running = run.submit("a").0
    run.complete(running, eval: 5, tokens: (10, 200))
    running = run.submit("a").0
    let tickets = (0..<5).map { _ in run.submit("a") { $0.isTold = true }.0 }
    run.pass(1.9)
    #expect(!run.actions.contains { if case .tell = $0 { true } else { false } })
    run.pass(0.2)
    var told: [FleetTicket: FleetStanding] = [:]
    for case .tell(let ticket, let standing) in run.actions { told[ticket] = standing }
    #expect(tickets.map { told[$0]?.position } == [1, 2, 3, 4, 5])
    // What runs takes 5.01 s, of which two are over.
    #expect(tickets.map { told[$0]?.seconds ?? 0 } == [4, 9, 14, 19, 24])
    run.left(tickets[1])
    _ = run.takeGrants()
    run.pass(1)
    told = [:]
    for case .tell(let ticket, let standing) in run.actions { told[ticket] = standing }
    #expect(told[tickets[2]]?.position == 2)
    #expect(run.scheduler.standing(of: tickets[4], at: run.time)?.position == 4)
    #expect(run.scheduler.standing(of: running, at: run.time) == nil)
  }

  /// Who waits for another model lets those pass that can run on the one in memory, and is told so.
  @Test func whoIsPassedIsToldSo() {
    var run = FleetRun([["a", "b"], []], memory: [["a"], []]) {
      $1.parallel = 1
      $1.maxLoaded = 1
    }
    var running = run.submit("a").0
    let (other, _) = run.submit("b") { $0.flow = 1 }
    let passing = (0..<3).map { number in run.submit("a") { $0.flow = 2 + UInt64(number) }.0 }
    run.pass(0.5)
    func position(_ ticket: FleetTicket) -> Int? {
      run.scheduler.standing(of: ticket, at: run.time)?.position
    }
    #expect(passing.map(position) == [1, 2, 3])
    for left in stride(from: 3, through: 1, by: -1) {
      #expect(position(other) == left + 1)
      run.pass(1)
      run.complete(running)
      guard let next = run.takeGrants().keys.first else { return #expect(Bool(false), "none has passed") }
      #expect(passing.contains(next))
      running = next
    }
    #expect(position(other) == 1)
    run.complete(running)
    #expect(run.takeLoads().map(\.model) == ["b"])
  }

  /// Another's load that is under way is for him who is behind in his turn as well.
  @Test func whoseLoadIsUnderWayComesBefore() {
    var run = FleetRun([["a"], []], memory: [["a"], []]) { $1.parallel = 1 }
    for _ in 0..<3 { run.complete(run.submit("a") { $0.flow = 1 }.0) }
    let first = run.submit("a") {
      $0.flow = 1
      $0.options.contextLength = 1_000
    }
    #expect(first.1 == .waiting)
    run.pass(0.1)
    let load = run.lastLoad
    let (own, _) = run.submit("a") { $0.flow = 2 }
    run.pass(0.1)
    #expect(run.scheduler.standing(of: own, at: run.time)?.position == 2)
    #expect(run.scheduler.standing(of: first.0, at: run.time)?.position == 1)
    if let load { run.loaded(load) }
    #expect(run.takeGrants().keys.contains(first.0))
    #expect(run.scheduler.standing(of: own, at: run.time)?.position == 1)
  }

  /// Those of other servers are not counted.
  @Test func aPositionCountsTheSameServersAlone() {
    var run = FleetRun([["a"], ["b"]], memory: [["a"], ["b"]]) { $1.parallel = 1 }
    for _ in 0..<4 { _ = run.submit("a") }
    _ = run.submit("b")
    let (ticket, _) = run.submit("b")
    #expect(run.scheduler.standing(of: ticket, at: run.time)?.position == 1)
  }

  /// What holds a place on a busy server does not hold up those that can go elsewhere.
  @Test func othersPass() {
    var run = FleetRun([["a", "b"], ["b"]], memory: [["a"], ["b"]]) { $1.parallel = 1 }
    _ = run.submit("a")
    _ = run.submit("a")
    #expect(run.place("b") == 1)
  }

  /// Whose servers are gone is told so at once, however many they are, and nobody else.
  @Test func aDrainRefusesAllAtOnce() {
    var run = FleetRun([["a"], ["b"]], memory: [["a"], ["b"]]) { $1.parallel = 1 }
    let running = [run.submit("a").0, run.submit("b").0]
    for number in 0..<2_000 {
      _ = run.submit(number % 2 == 0 ? "a" : "b") {
        $0.flow = UInt64(number % 50)
        $0.band = number % 2 == 0 ? .batch : .interactive
        $0.isPrivileged = true
      }
    }
    #expect((0..<2).map { run.view($0)?.waiting } == [1_000, 1_000])
    run.perform(run.scheduler.drain(FleetServerID(0), at: run.time))
    run.pass(0.1)
    var refused = 0
    for case .refuse(_, .serversAreDrained) in run.takeActions() { refused += 1 }
    #expect(refused == 1_000)
    #expect(run.scheduler.depth == 1_000)
    for ticket in running { run.complete(ticket) }
  }

  @Test func withoutAQueueAllGoAtOnce() {
    var run = Self.run()
    _ = run.submit("a")
    for number in 0..<500 { _ = run.submit("a") { $0.flow = UInt64(number) } }
    var policy = FleetPolicy()
    policy.isQueueing = false
    run.perform(run.scheduler.use(policy, at: run.time))
    run.pass(0.1)
    #expect(run.takeGrants().count == 500)
  }

  /// What was thought of a server's speed before anything was known of it is not told any more.
  @Test func firstGuessesAreForgotten() {
    var run = Self.run()
    let running = run.submit("a").0
    let tickets = (0..<100).map { _ in run.submit("a").0 }
    // Two hundred tokens at 40 a second.
    #expect(run.scheduler.standing(of: tickets[99], at: run.time)?.seconds ?? 0 > 400)
    run.pass(1)
    run.complete(running, eval: 1, tokens: (10, 40))
    #expect((90...110).contains(run.scheduler.standing(of: tickets[99], at: run.time)?.seconds ?? 0))
  }

  /// Who needs a swap and lets others pass meanwhile is told so.
  @Test func aSwapIsExpectedWhenItComes() {
    var run = FleetRun([["a", "b"], []], memory: [["a"], []]) {
      $1.parallel = 1
      $1.maxLoaded = 1
    }
    run.complete(run.submit("a").0, eval: 5, tokens: (10, 200))
    let running = run.submit("a").0
    let (swap, _) = run.submit("b")
    run.pass(1)
    let alone = run.scheduler.standing(of: swap, at: run.time)?.seconds ?? 0
    #expect(alone < 10)
    let (passing, _) = run.submit("a")
    // What runs takes four seconds yet, who passes five, and the load two.
    let told = run.scheduler.standing(of: swap, at: run.time)?.seconds ?? 0
    #expect((11...13).contains(told), "\(told)")
    run.pass(4)
    run.complete(running, eval: 5, tokens: (10, 200))
    #expect(run.takeLoads().isEmpty)
    run.pass(5)
    run.complete(passing, eval: 5, tokens: (10, 200))
    #expect(run.takeLoads().map(\.model) == ["b"])
  }

  @Test func tenThousandLeave() {
    var policy = FleetPolicy()
    policy.waitingLimit = 20_000
    var run = Self.run(policy: policy)
    _ = run.submit("a")
    let tickets = (0..<10_000).map { number in
      run.submit("a") {
        $0.flow = UInt64(number % 50)
        $0.isPrivileged = true
      }.0
    }
    #expect(run.scheduler.depth == 10_000)
    for ticket in tickets.reversed() { run.left(ticket) }
    #expect(run.scheduler.depth == 0)
    #expect(run.actions.isEmpty)
  }
}
