import Fleet
import System
import Testing

/// Where all servers are ill.
@Suite("The last resort") struct FleetLastResortTests {
  /// Two servers with one slot each, of which both hang, and fifty requests that wait.
  private static func hanging() -> (run: FleetRun, sent: [FleetTicket: Int]) {
    var run = FleetRun([["a"], ["a"]], memory: [["a"], ["a"]]) {
      $1.parallel = 1
      $1.maxInFlight = 1
    }
    var sent: [FleetTicket: Int] = [:]
    for _ in 0..<52 {
      let (ticket, decision) = run.submit("a")
      if decision.server >= 0 { sent[ticket] = decision.server }
    }
    run.silent = [0, 1]
    return (run, sent)
  }

  @Test func theQueueStaysWhereItIs() {
    var (run, _) = Self.hanging()
    run.pass(120)
    #expect((0..<2).allSatisfy { run.view($0)?.isDown == true })
    #expect(run.takeGrants().isEmpty)
    #expect((0..<2).map { run.view($0)?.inFlight } == [1, 1])
    #expect(run.scheduler.depth == 50)
    // Nobody knows when.
    let last = run.scheduler.view(at: run.time).waiting.last
    #expect(last?.standing.seconds == nil && last?.standing.position == 50)
    run.silent = []
    run.pass(60)
    #expect(run.scheduler.depth == 50)
  }

  /// One at a time tries a server that is down, once a second.
  @Test func oneTriesForAll() {
    var (run, sent) = Self.hanging()
    run.pass(30)
    for ticket in sent.keys { #expect(run.end(ticket, .failed(.unreachable)) == .over) }
    var tried: [FleetTicket: Int] = [:]
    for _ in 0..<40 {
      run.pass(0.05)
      let grants = run.takeGrants()
      #expect(Set(grants.values).count == grants.count)
      for (ticket, server) in grants {
        tried[ticket] = server
        #expect(run.end(ticket, .failed(.unreachable)) == .over)
        #expect(run.takeGrants().values.allSatisfy { $0 != server })
      }
    }
    #expect((2...6).contains(tried.count), "\(tried.count)")
    #expect(run.scheduler.depth == 50 - tried.count)
    // Up again, it takes as many as it has slots.
    run.silent = []
    run.pass(60)
    #expect((0..<2).allSatisfy { (run.view($0)?.inFlight ?? 2) <= 1 })
  }

  /// Who comes when nobody waits hears at once that nothing responds.
  @Test func whoComesFirstTriesAtOnce() {
    var run = FleetRun([["a"], ["a"]], memory: [["a"], ["a"]])
    run.silent = [0, 1]
    run.pass(30)
    let (ticket, decision) = run.submit("a")
    #expect(decision.server >= 0)
    #expect(run.end(ticket, .failed(.unreachable)) == .over)
  }

  @Test func waitingEndsAsAnyOther() {
    var (run, _) = Self.hanging()
    run.pass(30)
    let (ticket, decision) = run.submit("a") { $0.waitLimit = .seconds(3) }
    #expect(decision == .waiting)
    run.pass(3.1)
    #expect(run.actions.contains(.refuse(ticket, .timedOut)))
  }

  /// A model that had no room anywhere is tried by one, and then by all.
  @Test func aLoadThatWorksAfterAllIsForAll() {
    var run = FleetRun([["a"], ["a"]]) { $1.parallel = 2 }
    let first = run.submit("a").0
    let second = run.submit("a").0
    run.loaded(run.takeLoads()[0], error: .outOfMemory)
    run.loaded(run.takeLoads()[0], error: .outOfMemory)
    let tried = run.takeGrants()
    #expect(tried.count == 2 && Set(tried.values) == [0, 1])
    let third = run.submit("a").0
    run.pass(2)
    #expect(run.takeGrants().isEmpty)
    run.begin(first)
    run.pass(1.1)
    #expect(run.takeGrants().keys.contains(third))
    run.complete(first)
    run.complete(second)
  }
}
