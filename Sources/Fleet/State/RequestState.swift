/// A request, from its submission to its end. Plain numbers alone: there may be thousands.
struct RequestState: Sendable {
  enum Phase: Sendable {
    case free
    /// It waits for the servers' lists.
    case looking
    case waiting
    case sent
  }

  var generation: UInt32 = 0
  var phase = Phase.free

  // What it asks for.
  var kind = FleetRequest.Kind.general
  /// Its place in the table of models; -1 for none.
  var model: Int = -1
  var options = FleetRunnerOptions()
  var fitsContext = false
  var promptTokens = 0
  /// Estimated.
  var outputTokens = 0
  /// What it asks for at most; negative for no limit.
  var outputLimit = -1
  var conversation: UInt64?
  /// Whether its prompt is known by itself: see ``PromptRecord``.
  var hasPrompt = false
  var flow: UInt64 = 0
  var band = FleetBand.normal
  var weight = 100
  var promptHash: UInt64 = 0
  var allowed = ServerSet.all
  /// Servers that it has left for good.
  var tried = ServerSet.none
  var isPrivileged = false
  var isStreamed = false
  var isRetryable = true
  var prefersListOrder = false
  var isTold = false
  var submittedAt: Instant = 0
  var deadline = Instant.never
  /// Counts the submissions: the order in which those of one flow are served.
  var order: UInt64 = 0

  // Where its conversation has been.
  var home: Int = -1
  var homeInstance: Int = -1
  var homeEpoch: UInt32 = 0
  var cachedTokens = 0

  /// Its place among the lanes of flows; -1 where its turn has never mattered.
  var flowLane: Int32 = -1
  /// What its flow was charged for it, in tokens; 0 where it has not been sent yet.
  var charge = 0.0

  // While it waits.
  var next: Int32 = -1
  var previous: Int32 = -1
  var lane: Int32 = -1
  var nextInLane: Int32 = -1
  var previousInLane: Int32 = -1
  var nextInFlow: Int32 = -1
  var previousInFlow: Int32 = -1
  /// Whether it is in a list of its flow's,
  var isLinked = false
  /// that of those which have been sent before.
  var waitsAgain = false
  var waitingSince: Instant = 0
  /// Seconds that it waited before.
  var waitedBefore = 0.0
  /// The place that is cheapest as far as was seen last; -1 for none.
  var heldServer: Int = -1
  var heldInstance: Int = -1
  /// Seconds of work that it adds there.
  var heldWork = 0.0
  /// Whether that was computed before anything was known of the model's speed there.
  var isWorkGuess = false
  var isHeldForLoad = false
  /// When it should be sent.
  var expectedAt = Instant.never
  var told: (position: Int, seconds: Int, isLoading: Bool) = (-1, -1, false)
  var toldAt = Instant.past

  // While it is sent.
  var attempts = 0
  /// Servers that died over it.
  var deaths = 0
  /// Whether the connection that it was sent on turned out to be too old.
  var wasStale = false
  /// How often a server was too busy for it; since when, again and again, and when last.
  var bounces = 0
  var bouncingSince = Instant.past
  var bouncedAt = Instant.past
  var server: Int = -1
  var instance: Int = -1
  var epoch: UInt32 = 0
  /// Its place in the instance's list.
  var runningPlace: Int = -1
  var sentAt: Instant = 0
  /// Requests of the instance in flight as it was sent, itself among them and those that Ollama may still work on for nobody.
  var beside = 0
  /// Those of them for which somebody waits.
  var awaited = 0
  /// Requests that were sent so soon after it that they may have overtaken it.
  var followers = 0
  /// Whether it was sent so soon after another.
  var follows = false
  /// Seconds from its start to the end of the first of those beside it; nil while there is none.
  var firstEndAfter: Double?
  /// Seconds that its prompt should take.
  var prefill = 0.0
  /// Prompt tokens that should be cached there.
  var expectedCached = 0
  var hasContent = false
  var contentAt: Instant = 0
  /// Whether its instance counts it among the streams that have begun.
  var isGenerating = false
  var wasPaused = false
  var isRecalled = false
  var isTrial = false
  /// Whether its server was known to be ill, as all were.
  var isLastResort = false
}
