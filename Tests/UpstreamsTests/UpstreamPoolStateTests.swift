import HTTPClient
import System
import Testing

@testable import Upstreams

/// What the pool does with what happens: events in, actions out.
@Suite struct UpstreamPoolStateTests {
  private static let start = MonotonicTime(nanoseconds: 1_000_000_000_000)
  private static let up = Result<String, UpstreamFailure>.success("0.33.0")
  private static let down = Result<String, UpstreamFailure>.failure(.transfer(.connectTimeout))

  private var pool = UpstreamPoolState(server: UpstreamServer(url: "http://a:1"))
  private var now = start

  /// Somebody asks.
  ///
  /// - Returns: who.
  private mutating func ask() -> (waiter: Int, actions: UpstreamPoolState.Actions) {
    let waiter = pool.makeWaiter()
    return (waiter, pool.wait(waiter, at: now))
  }

  /// Lets the server's health be known.
  private mutating func know(_ version: Result<String, UpstreamFailure>) throws {
    let probe = try #require(ask().actions.probe)
    _ = pool.end(probe, version, at: now)
  }

  @Test("One probe for all who wait") mutating func oneProbe() throws {
    let first = ask()
    let probe = try #require(first.actions.probe)
    #expect(probe.server.url == "http://a:1" && first.actions.told.isEmpty)
    let others = (0..<3).map { _ in ask() }
    for other in others { #expect(other.actions.probe == nil && other.actions.told.isEmpty) }
    let end = pool.end(probe, Self.up, at: now)
    #expect(end.told == Set([first.waiter] + others.map(\.waiter)))
    #expect(end.health == UpstreamHealth(version: Self.up) && end.probe == nil)
  }

  @Test(
    "A loop that has not heard of another server goes on with the one that it knows, and says nothing of the new one"
  )
  mutating func aLoopThatIsBehind() throws {
    let old = pool.server
    pool.use(UpstreamServer(url: "http://b:2"))
    try know(Self.up)
    let lease = pool.lease(old)
    #expect(lease.server == old && pool.inFlight == 0)
    pool.giveBack(lease, .unanswered)
    #expect(pool.inFlight == 0 && pool.knownHealth(at: now) == UpstreamHealth(version: Self.up))
  }

  @Test(
    "A record is believed for a second",
    arguments: [
      (Duration.zero, true), (.milliseconds(999), true), (.seconds(1), false), (.seconds(3600), false),
      // By the clock of another loop it was made in the future.
      (.milliseconds(-20), true),
    ])
  mutating func age(_ age: Duration, isKnown: Bool) throws {
    for version in [Self.up, Self.down] {
      try know(version)
      now = now + age
      let (waiter, actions) = ask()
      #expect((actions.probe == nil) == isKnown)
      #expect(actions.told == (isKnown ? [waiter] : []))
      #expect(actions.health == (isKnown ? UpstreamHealth(version: version) : nil))
      if let probe = actions.probe { _ = pool.end(probe, version, at: now) }
      now = now + .seconds(10)
    }
  }

  @Test(
    "A call that finds the server otherwise lets it be asked anew",
    arguments: [
      (true, UpstreamOutcome.answered, true), (true, .unknown, true), (true, .unanswered, false),
      (false, .answered, false), (false, .unknown, true), (false, .unanswered, true),
    ])
  mutating func contradiction(wasUp: Bool, _ outcome: UpstreamOutcome, isBelieved: Bool) throws {
    try know(wasUp ? Self.up : Self.down)
    let lease = pool.lease(pool.server)
    #expect(pool.inFlight == 1)
    pool.giveBack(lease, outcome)
    #expect(pool.inFlight == 0)
    #expect((pool.knownHealth(at: now) != nil) == isBelieved)
  }

  @Test("Another server is asked anew, and what the old one says is nobody's") mutating func anotherServer()
    throws
  {
    let first = ask()
    let old = try #require(first.actions.probe)
    let lease = pool.lease(pool.server)
    pool.use(UpstreamServer(url: "http://b:2"))
    #expect(lease.server.url == "http://a:1" && pool.lease(pool.server).server.url == "http://b:2")
    // Who asks now does not wait for the old one.
    let second = ask()
    let new = try #require(second.actions.probe)
    #expect(new.server.url == "http://b:2")
    let late = pool.end(old, Self.down, at: now)
    #expect(late.told.isEmpty && late.probe == nil && pool.knownHealth(at: now) == nil)
    pool.giveBack(lease, .unanswered)
    #expect(pool.inFlight == 1)
    #expect(pool.end(new, Self.up, at: now).told == [first.waiter, second.waiter])
    pool.giveBack(lease, .unanswered)
    #expect(pool.knownHealth(at: now)?.isUp == true)
  }

  @Test("Who waits while the server is changed is told of the new one") mutating func changedMeanwhile()
    throws
  {
    let first = ask()
    let old = try #require(first.actions.probe)
    pool.use(UpstreamServer(url: "http://b:2"))
    let end = pool.end(old, Self.up, at: now)
    let new = try #require(end.probe)
    #expect(end.told.isEmpty && new.server.url == "http://b:2")
    #expect(pool.end(new, Self.down, at: now).told == [first.waiter])
  }

  @Test("The same server stays as it is known") mutating func sameServer() throws {
    try know(Self.up)
    pool.use(UpstreamServer(url: "http://a:1"))
    #expect(pool.knownHealth(at: now)?.isUp == true)
  }

  @Test("Whose client leaves is not told") mutating func leaving() throws {
    let first = ask()
    let second = ask()
    pool.leave(first.waiter)
    // The probe goes on: it is of use to the next.
    #expect(pool.end(try #require(first.actions.probe), Self.up, at: now).told == [second.waiter])
    pool.leave(first.waiter)
    #expect(pool.knownHealth(at: now)?.isUp == true)
  }

  @Test("A probe that is given up says nothing of the server") mutating func givenUp() throws {
    let first = ask()
    let end = pool.end(try #require(first.actions.probe), nil, at: now)
    #expect(end.told == [first.waiter] && end.health?.isUp == false && end.probe == nil)
    #expect(pool.knownHealth(at: now) == nil)
    let next = ask()
    #expect(next.actions.probe != nil)
  }

  @Test("As many may wait as there is room for") mutating func manyWait() throws {
    let first = ask()
    for _ in 1..<UpstreamPoolState.waiterLimit { _ = ask() }
    let (waiter, actions) = ask()
    #expect(actions.told == [waiter] && actions.health?.failure == .transfer(.exhausted))
    let end = pool.end(try #require(first.actions.probe), Self.up, at: now)
    #expect(end.told.count == UpstreamPoolState.waiterLimit)
  }

  @Test("Whatever happens in whichever order", arguments: 0..<200) func anyOrder(seed: UInt64) {
    var run = PoolRun(seed: seed)
    for _ in 0..<400 { run.step() }
    run.finish()
  }
}
