/// A model with its runner options on one server.
struct InstanceState: Sendable {
  enum Phase: Sendable {
    case gone
    case loading
    case resident
  }

  /// A request that has been sent to it, or what is left of one in Ollama whose client has gone.
  struct Running: Sendable {
    /// Its place in the table of requests; negative for one that is gone.
    var request: Int32
    /// Whether it was sent while no slot was free, and waits in Ollama.
    var isExtra: Bool
    var sentAt: Instant
    /// When it should end.
    var endsAt: Instant
    /// Seconds, all of it.
    var takes: Double
  }

  let weights: Int
  var options: FleetRunnerOptions
  /// Whether others' requests have loaded it: with what options nobody knows.
  var isForeign = false
  /// As the server tells.
  var contextLength: Int?
  var phase = Phase.gone
  var slots: SlotKnowledge
  var running: [Running] = []
  /// As many of these are gone, though Ollama may still work on for them.
  var ghosts = 0
  /// Streams between the first and the last byte of their content, and when the last of them has begun.
  var generating = 0
  var streamAt = Instant.past
  /// Seconds that a request takes.
  var time = Smoothed(guess: 0)
  /// Counts its loads.
  var epoch: UInt32 = 0
  var residentAt = Instant.past
  var usedAt = Instant.past
  var size = 0
  var sizeInVRAM = 0
  var expiresAt = Instant.never
  /// Whether it stays in memory until somebody says otherwise; nil where the server does not tell.
  var isKept: Bool?
  var breaker = Breaker()
  /// Nothing is tried here before.
  var pausedUntil = Instant.past
  /// Requests that wait for it, and their work in seconds, of those before the one in question.
  var held = 0
  var heldWork = 0.0
  /// All that waited for it when they were looked at last, of the whole queue.
  var waiting = 0
  /// The load under way that the gateway owns.
  var load: OwnedLoad?
  /// When the load under way began, whoever it is of.
  var loadingAt = Instant.past
  var loadTakes = 0.0
  /// Whether the next look at the server should show it.
  var isUnseen = false
  var loads = 0
  /// Whether it is only thought to have made room for another.
  var isPresumedGone = false

  struct OwnedLoad: Sendable {
    var id: FleetLoadID
    var promptHash: UInt64
    /// Whether the operator wants it, whoever waits for it.
    var isPin = false
  }

  init(weights: Int, options: FleetRunnerOptions, slots: SlotKnowledge) {
    self.weights = weights
    self.options = options
    self.slots = slots
  }

  /// Seconds until the first of what runs ends, by its estimates.
  func firstEnd(at now: Instant) -> Double {
    var first = Double.infinity
    // What is sent without bounds is not all looked at.
    for place in 0..<min(running.count, 32) where !running[place].isExtra || running.count == 1 {
      first = min(first, rest(of: place, at: now))
    }
    return first.isFinite ? first : 0
  }

  /// Seconds until all of what runs has ended.
  func lastEnd(at now: Instant) -> Double {
    var last = 0.0
    for place in 0..<min(running.count, 32) {
      last = max(last, rest(of: place, at: now))
    }
    return last
  }

  /// What has taken longer than was expected takes half of what it is late by yet, as it seems.
  func rest(of place: Int, at now: Instant) -> Double {
    let running = running[place]
    let left = running.endsAt.seconds(since: now)
    return max(left, running.takes * 0.1, -left / 2)
  }

  /// Seconds until its load ends.
  func loadRest(at now: Instant) -> Double {
    max(loadTakes - now.seconds(since: loadingAt), loadTakes * 0.1)
  }

  /// Streams that are side by side for long enough prove slots.
  mutating func seeStreams(_ policy: FleetPolicy.Seconds, at now: Instant) {
    guard mayProveSlots(policy), now.seconds(since: streamAt) >= overlap(policy) else { return }
    slots.ran(generating, policy)
  }

  /// Whether its streams show more slots than are known, once they have been side by side for long enough.
  func mayProveSlots(_ policy: FleetPolicy.Seconds) -> Bool {
    generating > slots.known && slots.mayGrow(policy)
  }

  /// The last byte of one stream may reach the gateway after the first of the next that had its slot: by much where one loop is
  /// behind another. Against what a request has shown that waited it takes more.
  func overlap(_ policy: FleetPolicy.Seconds) -> Double {
    slots.isSettled ? policy.sideBySide : Self.shortestOverlap
  }

  private static let shortestOverlap = 0.03
}
