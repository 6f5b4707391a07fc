import Fleet
import System
import Testing

/// What a request is charged for where its response does not say what it took, or says too much.
@Suite("What was taken") struct FleetSettlementTests {
  /// A server of 100 tokens a second, as it was seen.
  private static func run() -> FleetRun {
    var run = FleetRun([["a"], []], memory: [["a"], []]) { $1.parallel = 1 }
    for flow in [UInt64(1), 2] {
      let ticket = run.submit("a") { $0.flow = flow }.0
      run.pass(0.6)
      run.complete(ticket, eval: 0.6, tokens: (10, 60))
    }
    return run
  }

  /// Two callers with requests in turn, of which the first ends his in some way of his own.
  ///
  /// - Returns: seconds that each had.
  private static func contend(
    _ run: inout FleetRun, _ change: (inout FleetRequest) -> Void = { _ in },
    cheat: (inout FleetRun, FleetTicket) -> Void
  ) -> [Double] {
    var flows: [FleetTicket: Int] = [:]
    var had = [0.0, 0.0]
    var running = run.submit("a") { $0.flow = 2 }.0
    flows[running] = 1
    for flow in 0..<2 {
      for _ in 0..<150 {
        let ticket = run.submit("a") {
          $0.flow = UInt64(flow) + 1
          $0.isPrivileged = true
          if flow == 0 { change(&$0) }
        }.0
        flows[ticket] = flow
      }
    }
    for _ in 0..<150 {
      run.begin(running)
      run.pass(0.6)
      let flow = flows[running] ?? 1
      had[flow] += 0.6
      if flow == 0 { cheat(&run, running) } else { run.complete(running, eval: 0.6, tokens: (10, 60)) }
      guard let next = run.takeGrants().keys.first else { break }
      running = next
    }
    return had
  }

  /// Who leaves before the last line pays for what he had.
  @Test func aCutStreamIsPaidFor() {
    var run = Self.run()
    // His responses are short, as it seems.
    for _ in 0..<8 { run.complete(run.submit("a") { $0.flow = 1 }.0, eval: 0.01, tokens: (10, 1)) }
    let had = Self.contend(&run) { $0.left($1) }
    #expect(had[0] <= had[1] * 1.25, "\(had)")
  }

  @Test func aStreamWithoutCountsIsPaidFor() {
    var run = Self.run()
    for _ in 0..<8 { run.complete(run.submit("a") { $0.flow = 1 }.0, eval: 0.01, tokens: (10, 1)) }
    let had = Self.contend(&run) {
      run, ticket in
      run.complete(ticket) {
        ($0.durations, $0.promptTokens, $0.outputTokens) = (nil, nil, nil)
      }
    }
    #expect(had[0] <= had[1] * 1.25, "\(had)")
  }

  /// Nor does who leaves early pay for what he did not have.
  @Test func whatWasNotWrittenIsNotPaidFor() {
    var run = Self.run()
    let running = run.submit("a") { $0.flow = 1 }.0
    let own = run.submit("a") { $0.flow = 1 }.0
    let other = run.submit("a") { $0.flow = 2 }.0
    let short = run.submit("a") { $0.flow = 2 }.0
    run.pass(1)
    run.complete(running)
    #expect(run.takeGrants()[other] == 0)
    run.begin(other)
    run.left(other)
    // What he was charged is put right, so that his next comes before that of who had more.
    #expect(run.takeGrants() == [short: 0])
    run.complete(short)
    #expect(run.takeGrants() == [own: 0])
  }

  /// An error that is passed on has taken little.
  @Test func anErrorCostsLittle() {
    var run = Self.run()
    var running = run.submit("a") { $0.flow = 2 }.0
    let wrong = (0..<5).map { _ in run.submit("a") { $0.flow = 1 }.0 }
    let other = (0..<5).map { _ in run.submit("a") { $0.flow = 2 }.0 }
    run.pass(0.6)
    run.complete(running, eval: 0.6, tokens: (10, 60))
    var order: [FleetTicket] = []
    while let next = run.takeGrants().keys.first {
      running = next
      order.append(next)
      if wrong.contains(next) {
        _ = run.end(next, .passedOn(status: 400))
      } else {
        run.pass(0.6)
        run.complete(running, eval: 0.6, tokens: (10, 60))
      }
    }
    #expect(order.count == 10)
    #expect(wrong.allSatisfy { order.firstIndex(of: $0) ?? 10 < 7 })
    #expect(other.allSatisfy { order.contains($0) })
  }

  /// One line that says more than can be costs no more than a long request.
  @Test func aLieIsBounded() {
    var run = Self.run()
    var running = run.submit("a") { $0.flow = 1 }.0
    let victim = run.submit("a") { $0.flow = 1 }.0
    for _ in 0..<200 { _ = run.submit("a") { $0.flow = 2 } }
    run.pass(0.6)
    run.complete(running, eval: 0.6, tokens: (1_000_000_000, 10_000_000))
    var before = 0
    while let next = run.takeGrants().keys.first, next != victim, before < 200 {
      before += 1
      running = next
      run.pass(0.6)
      run.complete(running, eval: 0.6, tokens: (10, 60))
    }
    #expect(before < 150, "\(before)")
  }

  /// Nor more than what was asked for.
  @Test func aLieIsBoundedByTheRequest() {
    var run = Self.run()
    var running = run.submit("a") {
      $0.flow = 1
      $0.outputLimit = 100
    }.0
    let victim = run.submit("a") { $0.flow = 1 }.0
    for _ in 0..<200 { _ = run.submit("a") { $0.flow = 2 } }
    run.pass(0.6)
    run.complete(running, eval: 0.6, tokens: (10, 10_000_000))
    var before = 0
    while let next = run.takeGrants().keys.first, next != victim, before < 200 {
      before += 1
      running = next
      run.pass(0.6)
      run.complete(running, eval: 0.6, tokens: (10, 60))
    }
    #expect(before <= 4, "\(before)")
  }
}
