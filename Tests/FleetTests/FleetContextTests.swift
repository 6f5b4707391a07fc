import Fleet
import Testing

/// Requests for less context than their model is loaded with.
@Suite("The fleet fits contexts") struct FleetContextTests {
  private func fleet(_ servers: Int = 1, loaded: Int?, fits: Bool = true) -> FleetRun {
    var policy = FleetPolicy()
    policy.fitsContext = fits
    var run = FleetRun(Array(repeating: ["a"], count: servers), policy: policy)
    for server in 0..<servers {
      run.memory[server] = [
        FleetLoadedModel(
          name: "a", digest: "d-a", contextLength: loaded, size: 1_000, expiresIn: .seconds(300))
      ]
    }
    run.pass(40)
    return run
  }

  private func asks(
    for length: Int?, others: UInt64? = nil, fits: Bool = true
  ) -> (inout FleetRequest) -> Void {
    {
      $0.options = FleetRunnerOptions(contextLength: length, others: others)
      $0.fitsContext = fits
    }
  }

  private func sent(_ decision: FleetDecision) -> Int? {
    guard case .granted(let grant) = decision else { return -1 }
    return grant.contextLength
  }

  @Test(
    arguments: [
      (4_096, 8_192, 8_192), (8_192, 8_192, nil), (8_193, 8_192, nil), (4_096, nil, nil), (nil, 8_192, nil),
    ] as [(Int?, Int?, Int?)])
  func neverLower(_ asked: Int?, _ loaded: Int?, _ expected: Int?) {
    var run = fleet(loaded: loaded)
    #expect(sent(run.submit("a", asks(for: asked)).1) == expected)
    #expect(run.scheduler.view(at: run.time).counters.reloadsAvoided == (expected == nil ? 0 : 1))
  }

  @Test func onlyWhereItIsWantedAndCanBe() {
    var off = fleet(loaded: 8_192, fits: false)
    #expect(sent(off.submit("a", asks(for: 4_096)).1) == nil)
    var body = fleet(loaded: 8_192)
    #expect(sent(body.submit("a", asks(for: 4_096, fits: false)).1) == nil)
    var options = fleet(loaded: 8_192)
    #expect(sent(options.submit("a", asks(for: 4_096, others: 7)).1) == nil)
  }

  /// Who fits into more context waits for that one, and is told when.
  @Test func theSecondsAreThoseOfWhereItFits() {
    var run = fleet(loaded: 8_192)
    var running: [FleetTicket] = []
    for _ in 0..<3 { run.complete(run.submit("a", asks(for: 4_096)).0, eval: 5, tokens: (10, 200)) }
    var last: FleetTicket?
    for _ in 0..<40 {
      let (ticket, decision) = run.submit("a", asks(for: 4_096))
      if decision.server >= 0 { running.append(ticket) } else { last = ticket }
    }
    guard let last, let standing = run.scheduler.standing(of: last, at: run.time) else {
      return #expect(Bool(false), "nobody waits")
    }
    let waiting = standing.position
    #expect(standing.seconds ?? 0 >= waiting * 5 / running.count / 2, "\(standing)")
  }

  @Test func itGoesWhereItFits() throws {
    var run = fleet(2, loaded: 2_048)
    let (first, decision) = run.submit("a", asks(for: 8_192))
    #expect(decision == .waiting)
    run.pass(1)
    let loads = run.takeLoads()
    try #require(loads.count == 1)
    // It waits for the load of the larger one, and loads nothing.
    let (second, _) = run.submit("a") {
      asks(for: 4_096)(&$0)
      $0.allowed = [loads[0].server]
    }
    run.pass(1)
    #expect(run.takeLoads().isEmpty)
    run.loaded(loads[0])
    run.complete(first)
    let grants = run.takeActions().compactMap { action -> FleetGrant? in
      if case .grant(second, let grant) = action { grant } else { nil }
    }
    #expect(grants.map(\.contextLength) == [8_192])
  }
}
