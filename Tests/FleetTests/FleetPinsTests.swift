import Fleet
import Testing

/// Models that stay in memory.
@Suite("The fleet keeps models in memory") struct FleetPinsTests {
  private func fleet(
    _ lists: [[String]], memory: [[String]] = [], pins: [[String]], policy: FleetPolicy = FleetPolicy(),
    maxLoaded: Int? = nil
  ) -> FleetRun {
    var run = FleetRun(lists, memory: memory, policy: policy)
    let servers = lists.indices.map { server in
      FleetServer(
        id: FleetServerID(server), name: "s\(server)", maxLoaded: maxLoaded, pins: pins[server])
    }
    run.perform(run.scheduler.use(servers, at: run.time))
    return run
  }

  /// - Returns: those that were told since the last call.
  private func troubles(_ run: inout FleetRun) -> [FleetPinTrouble?] {
    run.takeActions().compactMap { if case .pinned(_, _, let trouble) = $0 { .some(trouble) } else { nil } }
  }

  private func states(_ run: FleetRun, _ server: Int) -> [FleetPin.State] {
    run.view(server)?.pins.map(\.state) ?? []
  }

  @Test func theyAreLoadedAtTheStart() throws {
    var run = fleet([["a", "b"], ["a"]], pins: [["a", "b"], []])
    #expect(states(run, 0) == [.waiting, .waiting])
    run.pass(10)
    let loads = run.takeLoads()
    #expect(loads.map(\.model) == ["a"] && loads.allSatisfy { $0.ticket == nil && $0.server.number == 0 })
    #expect(states(run, 0) == [.loading, .waiting])
    // A request joins it.
    let (ticket, decision) = run.submit("a") { $0.allowed = [FleetServerID(0)] }
    #expect(decision == .waiting)
    run.loaded(try #require(loads.first))
    // The look after the load lets the next one begin.
    let next = run.takeLoads()
    #expect(run.takeGrants()[ticket] == 0)
    run.complete(ticket)
    try #require(next.map(\.model) == ["b"])
    run.memory[0] = run.memory[0].map { $0 + [FleetLoadedModel(name: "b", digest: "d-b", size: 1_000)] }
    run.perform(run.scheduler.observed(next[0].server, .loadEnded(next[0].id, error: nil), at: run.time))
    run.pass(10)
    #expect(states(run, 0) == [.resident, .resident] && run.takeLoads().isEmpty)
    #expect(states(run, 1).isEmpty)
  }

  @Test func whoWaitedForOneMayLeave() {
    var run = fleet([["a"], ["a"]], pins: [["a"], []])
    run.pass(10)
    #expect(run.takeLoads().count == 1)
    let (ticket, _) = run.submit("a") { $0.allowed = [FleetServerID(0)] }
    run.left(ticket)
    #expect(!run.takeActions().contains { if case .cancelLoad = $0 { true } else { false } })
  }

  @Test func oneThatHasGoneComesBack() {
    var run = fleet([["a"], ["a"]], memory: [["a"], ["a"]], pins: [["a"], []])
    run.pass(60)
    #expect(run.takeLoads().isEmpty && states(run, 0) == [.resident])
    run.memory[0] = []
    run.pass(60)
    #expect(run.takeLoads().map(\.server.number) == [0])
  }

  @Test func oneThatIsThereForATimeStays() {
    var run = fleet([["a"], ["a"]], pins: [["a"], []])
    let loaded = { (isKept: Bool?) in
      FleetLoadedModel(name: "a", digest: "d-a", contextLength: 8_192, size: 1_000, isKept: isKept)
    }
    run.memory[0] = [loaded(false)]
    run.pass(40)
    let keeps = run.takeActions().filter { if case .keep = $0 { true } else { false } }
    #expect(keeps == [.keep(FleetServerID(0), model: "a", contextLength: 8_192)])
    run.memory[0] = [loaded(true)]
    run.pass(200)
    #expect(!run.takeActions().contains { if case .keep = $0 { true } else { false } })
    // Not more often than once a minute.
    run.memory[0] = [loaded(false)]
    run.pass(300)
    let more = run.takeActions().count { if case .keep = $0 { true } else { false } }
    #expect((3...5).contains(more))
  }

  @Test func anErrorIsToldOnce() throws {
    var run = fleet([["a"], ["a"]], pins: [["a", "none"], []])
    run.pass(10)
    var load = try #require(run.lastLoad)
    #expect(troubles(&run) == [.notListed])
    for _ in 0..<3 {
      run.loaded(load, error: .runnerDied)
      run.pass(60)
      load = try #require(run.lastLoad)
    }
    #expect(troubles(&run) == [.loadFailed(.runnerDied)])
    #expect(states(run, 0) == [.failed, .failed])
    run.loaded(load)
    run.pass(60)
    #expect(troubles(&run) == [nil])
    #expect(states(run, 0) == [.resident, .failed])
  }

  @Test func twoThatHaveNoRoomDoNotTakeTurns() throws {
    var run = fleet([["a", "b"], ["a"]], pins: [["a", "b"], []], maxLoaded: 1)
    run.pass(10)
    run.loaded(try #require(run.takeLoads().first))
    run.pass(120)
    #expect(run.takeLoads().isEmpty)
    #expect(states(run, 0) == [.resident, .failed])
    #expect(run.view(0)?.pins[1].trouble == .noRoom)
  }

  @Test func othersAreLoadedElsewhere() {
    var run = fleet([["a", "b"], ["a", "b"]], memory: [["a"], ["a"]], pins: [["a"], []], maxLoaded: 1)
    run.pass(10)
    // Both have it: of the second it may go.
    for _ in 0..<3 {
      let (ticket, _) = run.submit("b")
      run.pass(1)
      for load in run.takeLoads() {
        #expect(load.server.number == 1)
        run.loaded(load)
      }
      run.complete(ticket)
    }
    // Where there is no other place it goes.
    let (ticket, decision) = run.submit("b") { $0.allowed = [FleetServerID(0)] }
    #expect(decision == .waiting)
    run.pass(40)
    #expect(run.takeLoads().map(\.server.number) == [0])
    run.left(ticket)
  }

  @Test func theOnlyServerIsManagedForThem() {
    var policy = FleetPolicy()
    policy.managesSoleServer = false
    var run = fleet([["a"]], pins: [["a"]], policy: policy)
    run.pass(10)
    #expect(run.takeLoads().map(\.model) == ["a"])
    var plain = fleet([["a"]], pins: [[]], policy: policy)
    plain.pass(10)
    #expect(plain.takeLoads().isEmpty && plain.asked.isEmpty)
  }

  @Test func aReloadChangesThem() {
    var run = fleet([["a", "b"], ["a"]], memory: [["a"], ["a"]], pins: [["a"], []])
    run.pass(10)
    let servers = [
      FleetServer(id: FleetServerID(0), name: "s0", pins: ["b", "b"]),
      FleetServer(id: FleetServerID(1), name: "s1"),
    ]
    run.perform(run.scheduler.use(servers, at: run.time))
    run.pass(40)
    #expect(run.takeLoads().map(\.model) == ["b"])
    #expect(run.view(0)?.pins.map(\.model) == ["b"])
  }
}
