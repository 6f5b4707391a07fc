internal import Fleet
internal import HTTPClient
internal import System

/// Whether one of the servers works, as all workers know it: a plain value. Events go in with their time, and what is to be done
/// comes out.
struct UpstreamHealthState {
  private var servers: [FleetServerID]
  /// Counts the lists of servers, one after the other.
  private var generation = 0
  /// Nil until the servers are asked, and once a call has found one otherwise.
  private var record: (health: UpstreamHealth, time: MonotonicTime)?
  private var probe: UpstreamProbe?
  /// Those that wait for the end of a probe.
  private var waiting: Set<Int> = []
  private var lastWaiter = 0
  private var lastProbe = 0

  /// What is to be done.
  struct Actions {
    /// Who is to be told.
    var told: Set<Int> = []
    /// What they are told.
    var health: UpstreamHealth?
    /// The servers are to be asked, and the end of that told.
    var probe: UpstreamProbe?
  }

  /// So long a record is believed.
  static let freshness = Duration.seconds(1)
  /// As many may wait at once. One more is told that there is no room.
  static let waiterLimit = 10_000

  init(servers: [FleetServerID]) { self.servers = servers }

  /// A call has ended at one of the servers. One that has found it to be otherwise than was known lets all be asked anew.
  mutating func note(_ server: FleetServerID, hasAnswered: Bool) {
    guard servers.contains(server), record?.health.isUp == !hasAnswered else { return }
    record = nil
  }

  /// From now on there are other servers, of which nothing is known. Harmless where they are the same.
  ///
  /// - Returns: a question to them, where somebody waits.
  mutating func use(_ servers: [FleetServerID]) -> Actions {
    guard servers != self.servers else { return Actions() }
    self.servers = servers
    generation += 1
    record = nil
    return Actions(probe: waiting.isEmpty ? nil : beginProbe())
  }

  /// What is known, as far as it is new enough.
  func knownHealth(at now: MonotonicTime) -> UpstreamHealth? {
    guard let record, now - record.time < UpstreamHealthState.freshness else { return nil }
    return record.health
  }

  mutating func makeWaiter() -> Int {
    lastWaiter += 1
    return lastWaiter
  }

  /// Somebody asks, and is told at once or at the end of a probe.
  mutating func wait(_ waiter: Int, at now: MonotonicTime) -> Actions {
    if let health = knownHealth(at: now) { return Actions(told: [waiter], health: health) }
    guard waiting.count < UpstreamHealthState.waiterLimit else {
      return Actions(told: [waiter], health: UpstreamHealth(version: .failure(.transfer(.exhausted))))
    }
    waiting.insert(waiter)
    return Actions(probe: beginProbe())
  }

  /// Somebody does not wait any more. Harmless where he has been told.
  mutating func leave(_ waiter: Int) { waiting.remove(waiter) }

  /// A probe has ended.
  ///
  /// - Parameter version: nil where it was given up.
  mutating func end(
    _ probe: UpstreamProbe, _ version: Result<String, UpstreamFailure>?, at now: MonotonicTime
  ) -> Actions {
    guard probe.number == self.probe?.number else { return Actions() }
    self.probe = nil
    guard let version else { return tell(UpstreamHealth(version: .failure(.cancelled))) }
    // Of the servers that were there before.
    guard probe.generation == generation else { return Actions(probe: waiting.isEmpty ? nil : beginProbe()) }
    let health = UpstreamHealth(version: version)
    record = (health, now)
    return tell(health)
  }

  /// - Returns: nil where one is under way. One that asks the server before is not waited for.
  private mutating func beginProbe() -> UpstreamProbe? {
    if let probe, probe.generation == generation { return nil }
    lastProbe += 1
    let probe = UpstreamProbe(number: lastProbe, servers: servers, generation: generation)
    self.probe = probe
    return probe
  }

  private mutating func tell(_ health: UpstreamHealth) -> Actions {
    defer { waiting = [] }
    return Actions(told: waiting, health: health)
  }
}

/// A question to servers whether one of them works.
struct UpstreamProbe: Sendable {
  let number: Int
  let servers: [FleetServerID]
  /// Of which list of servers.
  let generation: Int
}
