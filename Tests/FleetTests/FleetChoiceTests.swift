import Fleet
import Testing

@Suite("The choice of a server") struct FleetChoiceTests {
  @Test func oneServerGetsWhateverNameThereIs() {
    var run = FleetRun([["a"]])
    #expect(run.place("a") == 0)
    #expect(run.place("nobody-knows") == 0)
    #expect(run.place(nil) == 0)
  }

  @Test func aModelInMemoryGoesBeforeALoad() {
    var run = FleetRun([["a"], ["a"]], memory: [[], ["a"]])
    #expect(run.place("a") == 1)
  }

  @Test func aLoadGoesBeforeALongWait() {
    var run = FleetRun([["a"], ["a"]], memory: [[], ["a"]]) { $1.parallel = 1 }
    run.sizes = [:]
    let long: (inout FleetRequest) -> Void = { $0.outputLimit = 100_000 }
    let (ticket, first) = run.submit("a", long)
    #expect(first.server == 1)
    // What runs is found to be long.
    run.complete(ticket, eval: 100, tokens: (10, 4_000))
    #expect(run.place("a", long) == 1)
    #expect(run.place("a", long) == -1)
    #expect(run.takeLoads().map(\.server.number) == [0])
  }

  @Test func idleServersTakeTurns() {
    var run = FleetRun([["a"], ["a"], ["a"]], memory: [["a"], ["a"], ["a"]])
    var places: [Int] = []
    for _ in 0..<6 {
      let (ticket, decision) = run.submit("a")
      places.append(decision.server)
      run.pass(1)
      run.complete(ticket)
    }
    #expect(Set(places.prefix(3)) == [0, 1, 2])
    #expect(places.prefix(3) == places.suffix(3))
  }

  @Test func weightsCountWhereCostsAreEqual() {
    var run = FleetRun([["a"], ["a"]], memory: [["a"], ["a"]]) {
      $1.parallel = 64
      $1.weight = $0 == 0 ? 3 : 1
    }
    let places = (0..<40).map { _ in run.place("a") }
    #expect(places.count { $0 == 0 } == 30)
  }

  @Test func aTierIsTriedWhereTheLowerWouldTakeLong() {
    var run = FleetRun([["a"], ["a"]], memory: [["a"], ["a"]]) {
      $1.parallel = 1
      $1.tier = $0
    }
    let (first, decision) = run.submit("a")
    #expect(decision.server == 0)
    run.complete(first, eval: 30, tokens: (10, 1_200))
    #expect(run.place("a") == 0)
    // 30 s to wait are more than spill-over needs.
    #expect(run.place("a") == 1)
  }

  @Test func aConversationStaysWhereItsPromptIs() {
    var run = FleetRun([["a"], ["a"]], memory: [["a"], ["a"]])
    let turn: (inout FleetRequest) -> Void = {
      $0.conversation = 7
      $0.promptTokens = 2_000
    }
    let (first, decision) = run.submit("a", turn)
    guard case .granted(let grant) = decision else {
      Issue.record("not sent")
      return
    }
    #expect(grant.affinity == .initialize)
    run.complete(first, prompt: 4, tokens: (2_000, 100))
    for _ in 0..<4 {
      let (other, _) = run.submit("a")
      run.pass(1)
      run.complete(other)
      let (ticket, decision) = run.submit("a", turn)
      guard case .granted(let next) = decision else {
        Issue.record("not sent")
        return
      }
      #expect(next.server == grant.server)
      #expect(next.affinity == .retain)
      run.complete(ticket, prompt: 0.1, tokens: (2_000, 100))
    }
    // Busy for longer than the prompt takes to read: it goes elsewhere.
    let (long, _) = run.submit("a") { $0.allowed = [grant.server] }
    run.complete(long, eval: 200, tokens: (10, 8_000))
    _ = run.submit("a") { $0.allowed = [grant.server] }
    guard case .granted(let moved) = run.submit("a", turn).1 else {
      Issue.record("not sent")
      return
    }
    #expect(moved.server != grant.server)
    #expect(moved.affinity == .switch)
  }

  @Test func whatWasLoadedAgainHasNothingCached() {
    var run = FleetRun([["a"], ["a"]], memory: [["a"], ["a"]])
    let turn: (inout FleetRequest) -> Void = {
      $0.conversation = 7
      $0.promptTokens = 2_000
    }
    let (first, decision) = run.submit("a", turn)
    run.complete(first, prompt: 4, tokens: (2_000, 100))
    run.memory[decision.server] = []
    run.pass(20)
    guard case .granted(let grant) = run.submit("a", turn).1 else {
      Issue.record("not sent")
      return
    }
    #expect(grant.affinity == .initialize)
    #expect(grant.server.number != decision.server)
  }

  @Test func anUnknownNameIsAskedForFirst() {
    var run = FleetRun([["a"], ["a"]])
    run.pass(2)
    let before = run.asked.count
    let (ticket, decision) = run.submit("b")
    #expect(decision == .waiting)
    #expect(run.asked.count - before == 2)
    #expect(run.actions.contains(.refuse(ticket, .noServerHasModel)))
    // Not again within a second.
    #expect(run.submit("b").1 == .refused(.noServerHasModel))
    #expect(run.asked.count - before == 2)
    run.pass(1.5)
    run.lists[1] = ["a", "b"]
    run.memory[1] = [FleetLoadedModel(name: "b", digest: "d-b", size: 1_000)]
    let (second, _) = run.submit("b")
    run.pass(0.1)
    for load in run.takeLoads() { run.loaded(load) }
    #expect(run.takeGrants()[second] == 1)
  }

  @Test func aSilentServerIsNotWaitedForLong() {
    var run = FleetRun([["a"], ["a"]])
    run.silent = [1]
    run.pass(2)
    let (ticket, _) = run.submit("b")
    run.pass(3)
    #expect(run.actions.contains(.refuse(ticket, .noServerHasModel)))
  }

  @Test func rulesHold() {
    var run = FleetRun([["a", "b"], ["a", "b"]], memory: [["a"], ["a"]]) {
      if $0 == 0 { $1.models = FleetModelRules(deny: ["a"]) }
    }
    for _ in 0..<4 { #expect(run.place("a") == 1 || run.scheduler.depth > 0) }
    var sole = FleetRun([["a"]]) { $1.models = FleetModelRules(allow: ["b*"]) }
    #expect(sole.submit("a").1 == .refused(.noServerHasModel))
  }

  @Test func namedServersAndTheirOrder() {
    var run = FleetRun([["a"], ["a"], ["a"]])
    #expect(run.place(nil) { $0.prefersListOrder = true } == 0)
    #expect(run.place(nil) { $0.prefersListOrder = true } == 0)
    let named: (inout FleetRequest) -> Void = {
      $0.prefersListOrder = true
      $0.allowed = [FleetServerID(2), FleetServerID(1)]
    }
    #expect(run.place(nil, named) == 1)
    run.perform(run.scheduler.drain(FleetServerID(1), at: run.time))
    #expect(run.place(nil, named) == 2)
    #expect(run.submit(nil) { $0.allowed = [] }.1 == .refused(.noServerIsUp))
  }

  @Test func withoutAQueueAllIsSentAtOnce() {
    var policy = FleetPolicy()
    policy.isQueueing = false
    var run = FleetRun([["a"], ["a"]], memory: [["a"], ["a"]], policy: policy)
    let places = (0..<100).map { _ in run.place("a") }
    #expect(places.count { $0 == 0 } == 50)
    #expect(run.place("a") >= 0)
    #expect(run.takeLoads().isEmpty)
  }

  @Test func aRemoteModelHasNoSlots() {
    var run = FleetRun([["a"], ["a"]])
    let listed = [FleetListedModel(name: "cloud", digest: "c", size: 300, isRemote: true)]
    run.perform(run.scheduler.observed(FleetServerID(1), .models(listed), at: run.time))
    for _ in 0..<20 { #expect(run.place("cloud") == 1) }
  }

  /// That it has never read a prompt does not make a server slow.
  @Test func aServerThatWasNeverUsedIsAsFastAsOthers() {
    var run = FleetRun([["a"], ["a"]], memory: [["a"], ["a"]])
    let (ticket, first) = run.submit("a") { $0.promptTokens = 8_000 }
    run.complete(ticket, prompt: 2, tokens: (8_000, 40))
    #expect(run.place("a") { $0.promptTokens = 8_000 } == 1 - first.server)
  }
}
