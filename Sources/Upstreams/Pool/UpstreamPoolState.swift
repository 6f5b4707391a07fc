internal import HTTPClient
internal import System

/// What all workers know of the Ollama servers, of which there is one: a plain value. Events go in with their time, and what is to
/// be done comes out.
struct UpstreamPoolState {
  private(set) var server: UpstreamServer
  /// Counts the servers, one after the other.
  private var generation = 0
  /// Calls that are under way to the server.
  private(set) var inFlight = 0
  /// Nil until the server is asked, and once a call has found it otherwise.
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
    /// The server is to be asked, and the end of that told.
    var probe: UpstreamProbe?
  }

  /// So long a record is believed.
  static let freshness = Duration.seconds(1)
  /// As many may wait at once. One more is told that there is no room.
  static let waiterLimit = 10_000

  init(server: UpstreamServer) { self.server = server }

  // MARK: Calls

  /// Lends a server to a call, which gives it back when it ends.
  ///
  /// - Parameter known: the server that the caller's loop knows. It may not have heard of another one yet, and what it has found
  ///   out of this one holds for no other: such a call goes there, and tells nothing of the server that is.
  mutating func lease(_ known: UpstreamServer) -> UpstreamLease {
    guard known == server else { return UpstreamLease(server: known, generation: -1) }
    inFlight += 1
    return UpstreamLease(server: server, generation: generation)
  }

  /// A call has ended. One that has found the server to be otherwise than was known lets it be asked anew.
  mutating func giveBack(_ lease: UpstreamLease, _ outcome: UpstreamOutcome) {
    guard lease.generation == generation else { return }
    inFlight -= 1
    switch outcome {
    case .answered where record?.health.isUp == false, .unanswered where record?.health.isUp == true:
      record = nil
    case .answered, .unanswered, .unknown: break
    }
  }

  /// From now on there is another server, of which nothing is known. Harmless where it is the same.
  mutating func use(_ server: UpstreamServer) {
    guard server != self.server else { return }
    self.server = server
    generation += 1
    inFlight = 0
    record = nil
  }

  // MARK: Health

  /// What is known of the server, as far as it is new enough.
  func knownHealth(at now: MonotonicTime) -> UpstreamHealth? {
    guard let record, now - record.time < UpstreamPoolState.freshness else { return nil }
    return record.health
  }

  mutating func makeWaiter() -> Int {
    lastWaiter += 1
    return lastWaiter
  }

  /// Somebody asks, and is told at once or at the end of a probe.
  mutating func wait(_ waiter: Int, at now: MonotonicTime) -> Actions {
    if let health = knownHealth(at: now) { return Actions(told: [waiter], health: health) }
    guard waiting.count < UpstreamPoolState.waiterLimit else {
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
    // Of the server that was there before.
    guard probe.generation == generation else { return Actions(probe: waiting.isEmpty ? nil : beginProbe()) }
    let health = UpstreamHealth(version: version)
    record = (health, now)
    return tell(health)
  }

  /// - Returns: nil where one is under way. One that asks the server before is not waited for.
  private mutating func beginProbe() -> UpstreamProbe? {
    if let probe, probe.generation == generation { return nil }
    lastProbe += 1
    let probe = UpstreamProbe(number: lastProbe, server: server, generation: generation)
    self.probe = probe
    return probe
  }

  private mutating func tell(_ health: UpstreamHealth) -> Actions {
    defer { waiting = [] }
    return Actions(told: waiting, health: health)
  }
}

/// A question to a server whether it works.
struct UpstreamProbe: Sendable {
  let number: Int
  let server: UpstreamServer
  /// See ``UpstreamLease/generation``.
  let generation: Int
}
