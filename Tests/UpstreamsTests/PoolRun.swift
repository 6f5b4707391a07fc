import HTTPClient
import System
import Testing

@testable import Upstreams

/// Lets things happen to a pool at random, and checks what must hold whatever happens.
struct PoolRun {
  private var random: SplitMix
  private var pool = UpstreamPoolState(server: UpstreamServer(url: "http://a:0"))
  private var now = MonotonicTime(nanoseconds: 0)
  private var waiting: Set<Int> = []
  private var told: Set<Int> = []
  private var probes: [UpstreamProbe] = []
  private var leases: [UpstreamLease] = []
  /// When the server was last said to be so, and by which one.
  private var lastSaid: (time: MonotonicTime, server: UpstreamServer)?

  init(seed: UInt64) { random = SplitMix(state: seed) }

  mutating func step() {
    now = now + .milliseconds(Int64(random.below(700)))
    switch random.below(12) {
    case 0..<4: ask()
    case 4..<6: endProbe(isGivenUp: random.below(10) == 0)
    case 6: leaveOne()
    case 7: if random.below(4) == 0 { pool.use(UpstreamServer(url: "http://a:\(random.below(3))")) }
    case 8..<10: leases.append(pool.lease(pool.server))
    default: giveBackOne()
    }
    #expect(probes.count { $0.server == pool.server } <= 2)
    // Somebody will tell those who wait.
    #expect(waiting.isEmpty || !probes.isEmpty)
  }

  /// All that is under way ends.
  mutating func finish() {
    while !probes.isEmpty { endProbe(isGivenUp: false) }
    while !leases.isEmpty { giveBackOne() }
    #expect(waiting.isEmpty && pool.inFlight == 0)
  }

  private mutating func ask() {
    let waiter = pool.makeWaiter()
    #expect(!told.contains(waiter) && !waiting.contains(waiter))
    waiting.insert(waiter)
    let actions = pool.wait(waiter, at: now)
    if actions.told.contains(waiter) {
      #expect(lastSaid.map { $0.server == pool.server && now - $0.time < .seconds(1) } == true)
    }
    take(actions)
  }

  private mutating func endProbe(isGivenUp: Bool) {
    guard !probes.isEmpty else { return }
    let probe = probes.remove(at: random.below(probes.count))
    let version: Result<String, UpstreamFailure>? =
      isGivenUp ? nil : random.below(2) == 0 ? .success("1") : .failure(.transfer(.connectTimeout))
    let actions = pool.end(probe, version, at: now)
    if !actions.told.isEmpty && !isGivenUp { #expect(probe.server == pool.server) }
    if version != nil && pool.knownHealth(at: now) != nil && probe.server == pool.server {
      lastSaid = (now, probe.server)
    }
    take(actions)
  }

  private mutating func take(_ actions: UpstreamPoolState.Actions) {
    #expect(actions.told.isEmpty || actions.health != nil)
    for waiter in actions.told {
      #expect(waiting.remove(waiter) != nil && told.insert(waiter).inserted, "told once, while it waits")
    }
    if let probe = actions.probe {
      #expect(probe.server == pool.server)
      probes.append(probe)
    }
  }

  private mutating func leaveOne() {
    guard let waiter = waiting.sorted().dropFirst(random.below(max(1, waiting.count))).first else { return }
    waiting.remove(waiter)
    pool.leave(waiter)
  }

  private mutating func giveBackOne() {
    guard !leases.isEmpty else { return }
    let outcomes: [UpstreamOutcome] = [.answered, .unanswered, .unknown]
    pool.giveBack(leases.remove(at: random.below(leases.count)), outcomes[random.below(3)])
    #expect(pool.inFlight >= 0 && pool.inFlight <= leases.count)
  }
}

/// Vigna's splitmix64: the same numbers for the same seed.
struct SplitMix {
  var state: UInt64

  mutating func below(_ limit: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((value ^ (value >> 31)) % UInt64(limit))
  }
}
