import Fleet
import HTTPClient
import System
import Testing

@testable import Upstreams

/// Lets things happen to a pool at random, and checks what must hold whatever happens.
struct HealthStateRun {
  private var random: SplitMix
  private var pool = UpstreamHealthState(servers: [FleetServerID(0)])
  private var servers = [FleetServerID(0)]
  private var now = MonotonicTime(nanoseconds: 0)
  private var waiting: Set<Int> = []
  private var told: Set<Int> = []
  private var probes: [UpstreamProbe] = []
  /// When the servers were last said to be so, and which.
  private var lastSaid: (time: MonotonicTime, servers: [FleetServerID])?

  init(seed: UInt64) { random = SplitMix(state: seed) }

  mutating func step() {
    now = now + .milliseconds(Int64(random.below(700)))
    switch random.below(12) {
    case 0..<4: ask()
    case 4..<6: endProbe(isGivenUp: random.below(10) == 0)
    case 6: leaveOne()
    case 7: if random.below(4) == 0 { use([FleetServerID(random.below(3))]) }
    default: pool.note(FleetServerID(random.below(3)), hasAnswered: random.below(2) == 0)
    }
    #expect(probes.count { $0.servers == servers } <= 2)
    // Somebody will tell those who wait.
    #expect(waiting.isEmpty || !probes.isEmpty)
  }

  /// All that is under way ends.
  mutating func finish() {
    while !probes.isEmpty { endProbe(isGivenUp: false) }
    #expect(waiting.isEmpty)
  }

  private mutating func use(_ servers: [FleetServerID]) {
    self.servers = servers
    take(pool.use(servers))
  }

  private mutating func ask() {
    let waiter = pool.makeWaiter()
    #expect(!told.contains(waiter) && !waiting.contains(waiter))
    waiting.insert(waiter)
    let actions = pool.wait(waiter, at: now)
    if actions.told.contains(waiter) {
      #expect(lastSaid.map { $0.servers == servers && now - $0.time < .seconds(1) } == true)
    }
    take(actions)
  }

  private mutating func endProbe(isGivenUp: Bool) {
    guard !probes.isEmpty else { return }
    let probe = probes.remove(at: random.below(probes.count))
    let version: Result<String, UpstreamFailure>? =
      isGivenUp ? nil : random.below(2) == 0 ? .success("1") : .failure(.transfer(.connectTimeout))
    let actions = pool.end(probe, version, at: now)
    if !actions.told.isEmpty && !isGivenUp { #expect(probe.servers == servers) }
    if version != nil && pool.knownHealth(at: now) != nil && probe.servers == servers {
      lastSaid = (now, probe.servers)
    }
    take(actions)
  }

  private mutating func take(_ actions: UpstreamHealthState.Actions) {
    #expect(actions.told.isEmpty || actions.health != nil)
    for waiter in actions.told {
      #expect(waiting.remove(waiter) != nil && told.insert(waiter).inserted, "told once, while it waits")
    }
    if let probe = actions.probe {
      #expect(probe.servers == servers)
      probes.append(probe)
    }
  }

  private mutating func leaveOne() {
    guard let waiter = waiting.sorted().dropFirst(random.below(max(1, waiting.count))).first else { return }
    waiting.remove(waiter)
    pool.leave(waiter)
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
