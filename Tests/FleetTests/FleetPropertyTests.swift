import Fleet
import Testing

/// Random events, and what holds after each of them.
@Suite("The fleet under random events") struct FleetPropertyTests {
  /// 10^5 in all where they take seconds.
  #if DEBUG
    private static let events = 6_000
  #else
    private static let events = 25_000
  #endif

  @Test(arguments: [(UInt64(1), false), (2, true), (3, true), (4, false)])
  func holdsWhatItPromises(seed: UInt64, isIll: Bool) async {
    let problems = await aside { Self.run(seed: seed, isIll: isIll) }
    #expect(problems.isEmpty, "\(problems.prefix(5))")
  }

  private static func run(seed: UInt64, isIll: Bool) -> [String] {
    var policy = FleetPolicy()
    policy.waitingLimit = 40
    policy.conversationLimit = 16
    policy.promptBlockLimit = 64
    policy.fitsContext = seed % 2 == 0
    var world = RandomWorld(seed: seed, isIll: isIll, policy: policy)
    for event in 0..<events {
      world.step()
      if event % 20 == 0 { world.check(policy) }
      guard world.problems.isEmpty else { break }
    }
    world.finishAll()
    world.check(policy)
    return world.problems
  }

  @Test func holdsWithoutAQueue() async {
    let problems = await aside { Self.runWithoutAQueue() }
    #expect(problems.isEmpty, "\(problems.prefix(5))")
  }

  private static func runWithoutAQueue() -> [String] {
    var policy = FleetPolicy()
    policy.isQueueing = false
    var world = RandomWorld(seed: 9, isIll: true, policy: policy)
    for _ in 0..<events where world.problems.isEmpty { world.step() }
    world.finishAll()
    return world.problems
  }
}
