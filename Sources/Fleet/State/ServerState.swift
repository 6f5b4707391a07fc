/// What is known of a server.
struct ServerState: Sendable {
  enum Health: Sendable {
    case unknown
    case up
    case down
  }

  /// What loads are counted by.
  struct LoadKey: Hashable, Sendable {
    /// Nil for all models that are not counted by themselves.
    var model: NameKey?
    var reason: FleetLoadCount.Reason
  }

  /// A question: when it is due next, and since when it is under way.
  struct Question: Sendable {
    var dueAt = Instant.past
    var askedAt: Instant?
  }

  var server: FleetServer
  /// Its place in the operator's list.
  var rank: Int
  /// Whether its place is free for another.
  var isVacant = false
  var isLeaving = false
  var isDraining = false

  var health = Health.unknown
  var version: String?
  /// Whether its cache holds more prompts than one a slot.
  var keepsPrompts = true
  var failedProbes = 0
  /// Probes since it is down.
  var downProbes = 0
  /// Of any byte that the scheduler knows of.
  var heardAt = Instant.past
  var workedAt = Instant.past
  var versionQuestion = Question()
  var loadedQuestion = Question()
  var modelsQuestion = Question()
  /// When the last list of its models came.
  var listedAt = Instant.past
  /// When what it has in memory was seen last.
  var lookedAt = Instant.past
  var refusesCredentials = false

  /// All requests there.
  var inFlight = 0
  var usedAt = Instant.past
  /// When requests of more than one instance were there side by side last.
  var mixedAt = Instant.past
  var weights: [WeightsState] = []
  var instances: [InstanceState] = []
  /// Those that are to stay in memory.
  var pins: [PinState] = []
  var busyUntil = Instant.past
  var busyPause = 0.0
  var breaker = Breaker()
  /// Requests that try it though it is ill; after one that failed none does before.
  var resorts = 0
  var resortAfter = Instant.past
  /// What requests waited for others' requests, in seconds.
  var foreign = Smoothed(guess: 0)
  var foreignUntil = Instant.past
  var cacheHitRate = Smoothed(guess: 1)
  /// Tokens of prompts that it has read.
  var tokensRead: Int64 = 0

  /// The instance that is loaded by the gateway now; -1 for none.
  var loading = -1
  /// Whether loads here can be the gateway's own.
  var ownsLoads = true
  /// Pairs of weights of which one left memory as the other came: the lower number first.
  var evictions: Set<UInt64> = []
  var evictionCount = 0
  private(set) var loads: [LoadKey: Int] = [:]
  /// Of requests that name a conversation, and of those that are known by their prompts.
  private(set) var affinity = AffinityCounts()
  private(set) var promptAffinity = AffinityCounts()
  /// Bytes a second.
  var loadRate = Smoothed(guess: 0)
  /// The most bytes that were in memory at once.
  var capacitySeen = 0
  /// The least bytes that had no room at once: one left as another came.
  var tooMuch = Int.max

  /// Requests before the one in question whose cheapest place is here and needs a load: their work in seconds,
  var swapWork = 0.0
  /// and which instance the first of them needs, whether its load is only waited for; -1 for none.
  var swapInstance = -1
  /// Whether that has waited for so long that nothing else may begin here.
  var isSwapDue = false
  /// All requests whose cheapest place this was when they were looked at last, of the whole queue.
  var waiting = 0

  init(_ server: FleetServer, rank: Int) {
    self.server = server
    self.rank = rank
  }

  subscript(question: FleetQuestion) -> Question {
    get {
      switch question {
      case .version: versionQuestion
      case .loaded: loadedQuestion
      case .models: modelsQuestion
      }
    }
    set {
      switch question {
      case .version: versionQuestion = newValue
      case .loaded: loadedQuestion = newValue
      case .models: modelsQuestion = newValue
      }
    }
  }

  mutating func count(_ load: LoadKey) { loads[load, default: 0] += 1 }

  /// - Parameter isByPrompt: whether the request is known by its prompt alone.
  mutating func count(_ affinity: FleetAffinity, isByPrompt: Bool) {
    if isByPrompt { promptAffinity.count(affinity) } else { self.affinity.count(affinity) }
  }

  static func pair(_ left: Int, _ right: Int) -> UInt64 {
    UInt64(min(left, right)) << 32 | UInt64(max(left, right))
  }

  /// Pairs are forgotten where there are too many.
  ///
  /// - Parameter bytes: of both and of all else that stayed.
  mutating func sawEviction(of evicted: Int, by loaded: Int, bytes: Int) {
    evictionCount += 1
    if bytes > capacitySeen { tooMuch = min(tooMuch, bytes) }
    if evictions.count >= 1_024 { evictions.removeAll() }
    evictions.insert(Self.pair(evicted, loaded))
  }
}
