import Fleet
import System
import Testing

@Suite("Health and lists") struct FleetHealthTests {
  private static func run(_ count: Int = 2) -> FleetRun {
    FleetRun(Array(repeating: ["a"], count: count), memory: Array(repeating: ["a"], count: count))
  }

  /// Right after the start, the only server that has told its models may be drained: the others may have the model.
  @Test(arguments: [true, false])
  func whoHasNotBeenHeardOfIsWaitedFor(_ hasIt: Bool) {
    var scheduler = FleetScheduler(seed: 1)
    let time = { (milliseconds: Int) in
      MonotonicTime(nanoseconds: Int64(1_000_000_000 + milliseconds * 1_000_000))
    }
    _ = scheduler.use((1...2).map { FleetServer(id: FleetServerID($0), name: "s\($0)") }, at: time(0))
    let list = [FleetListedModel(name: "a", digest: "x")]
    _ = scheduler.observed(FleetServerID(1), .models(list), at: time(1))
    _ = scheduler.drain(FleetServerID(1), at: time(2))
    let (ticket, decision, _) = scheduler.submit(FleetRequest(.generation, model: "a"), at: time(3))
    #expect(decision == .waiting)
    var actions = scheduler.observed(FleetServerID(2), .models(hasIt ? list : []), at: time(100))
    actions += scheduler.observed(FleetServerID(2), .loaded([]), at: time(101))
    if hasIt {
      let isServed = actions.contains { action in
        switch action {
        case .grant(ticket, _): true
        case .load(let load): load.ticket == ticket
        default: false
        }
      }
      #expect(isServed)
    } else {
      #expect(actions.contains { if case .refuse(ticket, .serversAreDrained) = $0 { true } else { false } })
      // All have told: the next is refused at once.
      let (_, decision, _) = scheduler.submit(FleetRequest(.generation, model: "a"), at: time(102))
      #expect(decision == .refused(.serversAreDrained))
    }
  }

  @Test func twoProbesThatFailAreDownAndOneThatWorksIsUp() {
    var run = Self.run()
    run.silent = [0]
    run.pass(5.6)
    #expect(run.view(0)?.state == .up)
    run.pass(1.2)
    #expect(run.view(0)?.state == .down)
    for _ in 0..<3 { #expect(run.place("a") != 0) }
    run.silent = []
    run.pass(6)
    #expect(run.view(0)?.state == .up)
  }

  @Test func aServerThatSendsBytesIsNotDown() {
    var run = Self.run()
    run.silent = [0]
    let (ticket, _) = run.submit("a") { $0.allowed = [FleetServerID(0)] }
    for _ in 0..<30 {
      run.pass(0.5)
      run.perform(
        run.scheduler.observed(FleetServerID(0), .failed(.version, bytesCameMeanwhile: true), at: run.time))
    }
    #expect(run.view(0)?.state == .up)
    run.complete(ticket)
  }

  @Test func aServerThatIsDownIsAskedLessAndLess() {
    var run = Self.run()
    run.silent = [0]
    run.pass(7)
    let before = run.asked.count { $0.server == 0 }
    run.pass(600)
    let probes = run.asked.count { $0.server == 0 } - before
    // 5, 10, 20, 40, then each 60 s.
    #expect(probes >= 10 && probes <= 16)
  }

  @Test func theTimesOfQuestions() {
    var run = Self.run(1)
    run.pass(100)
    let asked = run.asked.count
    run.pass(600)
    let more = run.asked.dropFirst(asked)
    #expect((108...134).contains(more.count { $0.question == .version }))
    #expect((18...23).contains(more.count { $0.question == .loaded }))
    #expect((9...12).contains(more.count { $0.question == .models }))
    // While there is work, what is in memory is looked at each 5 s.
    let (ticket, _) = run.submit("a")
    run.pass(40)
    let busy = run.asked.count { $0.question == .loaded }
    run.pass(100)
    #expect((17...23).contains(run.asked.count { $0.question == .loaded } - busy))
    run.complete(ticket)
  }

  @Test func withoutQuestionsAServerComesBackByItself() {
    var policy = FleetPolicy()
    policy.asksServers = false
    var run = FleetRun([["a"], ["a"]], policy: policy)
    #expect(run.asked.isEmpty)
    let (ticket, _) = run.submit("a")
    // The names are asked for all the same.
    #expect(run.asked.count { $0.question == .models } == 2)
    run.pass(0.1)
    for load in run.takeLoads() { run.loaded(load) }
    let server = run.takeGrants()[ticket] ?? -1
    #expect(server >= 0)
    _ = run.end(ticket, .failed(.unreachable))
    #expect(run.view(server)?.state == .down)
    run.pass(7)
    #expect(run.view(server)?.state == .unknown)
  }

  @Test func whatWaitsForAServerThatIsDownIsRecalled() {
    var run = Self.run()
    let (ticket, _) = run.submit("a") { $0.allowed = nil }
    let server = run.scheduler.view(at: run.time).servers.first { $0.inFlight == 1 }?.id.number ?? -1
    let (written, _) = run.submit("a") { $0.allowed = [FleetServerID(server)] }
    run.begin(written)
    run.silent = [server]
    run.pass(10)
    #expect(run.actions.contains(.recall(ticket)))
    #expect(!run.actions.contains(.recall(written)))
    #expect(run.end(ticket, .failed(.recalled)).server == 1 - server)
  }

  /// The server's own failure may come before the recall is heard of: the request is on another by then, which is not to blame.
  @Test func aLateRecallBlamesNobody() {
    var run = Self.run()
    let (ticket, decision) = run.submit("a")
    run.silent = [decision.server]
    run.pass(10)
    #expect(run.actions.contains(.recall(ticket)))
    #expect(run.end(ticket, .failed(.brokenOff)).server == 1 - decision.server)
    #expect(run.end(ticket, .failed(.recalled)).server == 1 - decision.server)
    run.complete(ticket)
  }

  @Test func whereAllAreDownOneIsTried() {
    var run = Self.run()
    run.silent = [0, 1]
    run.pass(20)
    #expect(run.view(0)?.state == .down)
    #expect(run.view(1)?.state == .down)
    let (ticket, decision) = run.submit("a")
    #expect(decision.server >= 0)
    #expect(run.end(ticket, .failed(.unreachable)) == .over)
  }

  // MARK: The operator

  @Test func aDrainedServerGetsNothingNew() {
    var run = Self.run()
    let (ticket, decision) = run.submit("a")
    run.perform(run.scheduler.drain(FleetServerID(decision.server), at: run.time))
    #expect(run.view(decision.server)?.state == .draining)
    #expect(run.place("a") != decision.server)
    run.complete(ticket)
    run.perform(run.scheduler.drain(FleetServerID(1 - decision.server), at: run.time))
    #expect(run.submit("a").1 == .refused(.serversAreDrained))
    run.perform(run.scheduler.resume(FleetServerID(decision.server), at: run.time))
    #expect(run.place("a") == decision.server)
  }

  @Test func aServerThatLeftFinishesWhatItHas() {
    var run = Self.run()
    let (ticket, decision) = run.submit("a")
    let stays = 1 - decision.server
    let list = [
      FleetServer(id: FleetServerID(stays), name: "s"), FleetServer(id: FleetServerID(7), name: "new"),
    ]
    run.lists[7] = ["a"]
    run.perform(run.scheduler.use(list, at: run.time))
    #expect(run.view(decision.server)?.isLeaving == true)
    #expect(run.view(7)?.state == .up)
    for _ in 0..<3 { #expect(run.place("a") != decision.server) }
    run.complete(ticket)
    #expect(run.view(decision.server) == nil)
  }

  @Test func whatIsKnownOfAServerThatStaysIsKept() {
    var run = FleetRun([["a"], []], memory: [["a"], []])
    let tickets = (0..<2).map { _ in run.submit("a").0 }
    for ticket in tickets { run.begin(ticket) }
    run.pass(0.1)
    for ticket in tickets { run.complete(ticket) }
    #expect(run.slots(0, "a") == 2)
    run.perform(run.scheduler.use([FleetServer(id: FleetServerID(0), name: "s0", weight: 2)], at: run.time))
    #expect(run.slots(0, "a") == 2)
    #expect(run.view(1) == nil)
  }

  @Test func waitingRequestsGoToWhoComes() {
    var run = FleetRun([["a"], ["b"]], memory: [["a"], []]) { $1.parallel = 1 }
    _ = run.submit("a")
    let (waits, decision) = run.submit("a")
    #expect(decision == .waiting)
    run.lists[5] = ["a"]
    run.memory[5] = [FleetLoadedModel(name: "a", digest: "d-a", size: 1_000)]
    let list = [0, 1, 5].map { FleetServer(id: FleetServerID($0), name: "s\($0)", parallel: 1) }
    run.perform(run.scheduler.use(list, at: run.time))
    #expect(run.takeGrants()[waits] == 5)
  }

  @Test("What an operator's look has shown of the only server refuses nothing later") func anOldList() {
    var run = Self.sole()
    let id = FleetServerID(0)
    let listed = [FleetListedModel(name: "a", digest: "d-a", size: 1_000)]
    run.perform(run.scheduler.observed(id, .models(listed), at: run.time))
    run.perform(run.scheduler.observed(id, .loaded([]), at: run.time))
    for _ in 0..<3 {
      let (ticket, decision) = run.submit("a")
      guard case .granted = decision else {
        Issue.record("\(decision)")
        return
      }
      #expect(run.end(ticket, .failed(.modelNotFound)) == .over)
    }
    #expect(run.place("b") == 0)
    run.pass(120)
    #expect(run.asked.isEmpty)
  }

  private static func sole(_ configure: (inout FleetServer) -> Void = { _ in }) -> FleetRun {
    var policy = FleetPolicy()
    policy.managesSoleServer = false
    return FleetRun([["a"]], memory: [["a"]], policy: policy) { configure(&$1) }
  }

  @Test func theOnlyServerGetsAllAtOnceAndIsNotAsked() {
    var run = Self.sole()
    run.pass(100)
    #expect(run.asked.isEmpty)
    for model in ["a", "unheard of"] { #expect((0..<100).allSatisfy { _ in run.place(model) == 0 }) }
  }

  @Test func theBoundOfTheOnlyServerHolds() {
    var run = Self.sole { $0.parallel = 2 }
    #expect((0..<2).allSatisfy { _ in run.place("a") == 0 })
    #expect(run.submit("a").1 == .waiting)
  }

  @Test func aNameThatIsLookedForGoesToTheOnlyServerThatIsLeft() {
    var run = FleetRun([["a"], ["a"]])
    run.pass(2)
    let request = FleetRequest(.generation, model: "b", isStreamed: true)
    // Nobody has told yet which models there are.
    let (ticket, decision, questions) = run.scheduler.submit(request, at: run.time)
    #expect(decision == .waiting)
    #expect(questions.count == 2)
    run.perform(run.scheduler.use([FleetServer(id: FleetServerID(0), name: "s0")], at: run.time))
    run.pass(0.1)
    #expect(run.takeGrants() == [ticket: 0])
  }
}
