import Fleet
import HTTPClient
import System
import Testing

@testable import Upstreams

/// What the pool does with what happens: events in, actions out.
@Suite struct UpstreamHealthStateTests {
  private static let start = MonotonicTime(nanoseconds: 1_000_000_000_000)
  private static let up = Result<String, UpstreamFailure>.success("0.33.0")
  private static let down = Result<String, UpstreamFailure>.failure(.transfer(.connectTimeout))

  private static let first = FleetServerID(1)
  private static let second = FleetServerID(2)

  private var pool = UpstreamHealthState(servers: [first])
  private var now = start

  /// Somebody asks.
  ///
  /// - Returns: who.
  private mutating func ask() -> (waiter: Int, actions: UpstreamHealthState.Actions) {
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
    #expect(probe.servers == [Self.first] && first.actions.told.isEmpty)
    let others = (0..<3).map { _ in ask() }
    for other in others { #expect(other.actions.probe == nil && other.actions.told.isEmpty) }
    let end = pool.end(probe, Self.up, at: now)
    #expect(end.told == Set([first.waiter] + others.map(\.waiter)))
    #expect(end.health == UpstreamHealth(version: Self.up) && end.probe == nil)
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
    "A call that finds a server otherwise lets them be asked anew",
    arguments: [(true, true, true), (true, false, false), (false, true, false), (false, false, true)])
  mutating func contradiction(wasUp: Bool, hasAnswered: Bool, isBelieved: Bool) throws {
    try know(wasUp ? Self.up : Self.down)
    pool.note(Self.second, hasAnswered: !wasUp)
    #expect(pool.knownHealth(at: now) != nil, "it is none of them")
    pool.note(Self.first, hasAnswered: hasAnswered)
    #expect((pool.knownHealth(at: now) != nil) == isBelieved)
  }

  @Test("Other servers are asked anew, and what the old ones say is nobody's") mutating func otherServers()
    throws
  {
    let first = ask()
    let old = try #require(first.actions.probe)
    // Who waits does not wait for the old ones.
    let new = try #require(pool.use([Self.second]).probe)
    #expect(new.servers == [Self.second])
    let second = ask()
    #expect(second.actions.probe == nil)
    let late = pool.end(old, Self.down, at: now)
    #expect(late.told.isEmpty && late.probe == nil && pool.knownHealth(at: now) == nil)
    #expect(pool.end(new, Self.up, at: now).told == [first.waiter, second.waiter])
    pool.note(Self.first, hasAnswered: false)
    #expect(pool.knownHealth(at: now)?.isUp == true)
  }

  @Test("Where nobody waits, other servers are asked when somebody does") mutating func changedMeanwhile()
    throws
  {
    #expect(pool.use([Self.second]).probe == nil)
    #expect(try #require(ask().actions.probe).servers == [Self.second])
  }

  @Test("The same server stays as it is known") mutating func sameServer() throws {
    try know(Self.up)
    _ = pool.use([Self.first])
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
    for _ in 1..<UpstreamHealthState.waiterLimit { _ = ask() }
    let (waiter, actions) = ask()
    #expect(actions.told == [waiter] && actions.health?.failure == .transfer(.exhausted))
    let end = pool.end(try #require(first.actions.probe), Self.up, at: now)
    #expect(end.told.count == UpstreamHealthState.waiterLimit)
  }

  @Test("Whatever happens in whichever order", arguments: 0..<200) func anyOrder(seed: UInt64) {
    var run = HealthStateRun(seed: seed)
    for _ in 0..<400 { run.step() }
    run.finish()
  }
}
