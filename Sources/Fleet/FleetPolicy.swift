/// What the scheduler goes by, and its first guesses, which what servers report replaces. Durations are positive.
package struct FleetPolicy: Sendable {
  // MARK: The queue

  /// Off: each request goes at once to the server where it costs least, however busy that is, and loads are left to the requests.
  package var isQueueing = true
  /// As many requests wait at most.
  package var waitingLimit = 10_000
  /// The part of the places that one flow may hold which is not privileged.
  package var flowShare = 0.25
  /// A request waits no longer; nil for as long as it takes. A request may ask for less.
  package var waitLimit: Duration?
  /// Those that want it are told where they stand from so long after they came.
  package var tellAfter = Duration.seconds(2)
  /// Of the requests of a model in a band of which none was sent for so long, as more urgent ones were, one goes before all.
  package var bandPatience = Duration.seconds(60)
  /// Requests of a model in memory go before one that needs another in its place for so long at most,
  package var swapPatience = Duration.seconds(30)
  /// or for so many times the load's expected time, where that is longer.
  package var swapPatienceInLoads = 2.0

  // MARK: One server

  /// As many requests go to an instance of the only server before anything is known of its slots: no fewer than Ollama's usual
  /// numbers, so that nobody waits here for a slot that is free there.
  package var soleServerStart = 4
  /// Whether loads of the only server are the gateway's own. Off: a request goes there as it is, and Ollama loads.
  package var ownsLoadsOfSoleServer = false
  /// Whether the only server is treated as several are: asked what it has, its slots learned, requests kept waiting for these.
  /// Off: each request goes there at once, as Ollama has a queue of its own, unless the operator has bounded what it takes.
  package var managesSoleServer = true

  // MARK: Choice

  /// A tier is tried where each server of the lower ones costs more.
  package var spillAfter = Duration.seconds(10)
  /// Costs that differ by less, or by a tenth, are equal.
  package var equalWithin = Duration.milliseconds(250)
  /// A half-open server costs as much more.
  package var halfOpenPenalty = Duration.seconds(2)
  /// Whether a request that asks for less context than its model is loaded with, and may be changed, is served by it as it is.
  package var fitsContext = false
  /// How new samples weigh in the rates.
  package var smoothing = 0.3

  // MARK: First guesses

  /// Tokens a second.
  package var prefillRate = 500.0
  /// Tokens a second, for one that runs alone.
  package var decodeRate = 40.0
  /// Tokens of a response whose length nothing is known of.
  package var outputTokens = 200
  /// Bytes a second from the disk to the memory of the GPU.
  package var loadRate = 1e9
  /// A load takes as long at least.
  package var shortestLoad = Duration.seconds(2)
  /// A load of a model whose size nothing is known of.
  package var unknownLoad = Duration.seconds(10)

  // MARK: Slots

  /// A request that waited less in Ollama's own queue had a slot at once.
  package var noWait = Duration.milliseconds(50)
  /// One that waited more had none, if it is also a quarter of the mean time of a request.
  package var someWait = Duration.milliseconds(250)
  /// Requests ran side by side if they did so for as long.
  package var sideBySide = Duration.milliseconds(250)
  /// Of two that were sent within so long either may have come first.
  package var overtaking = Duration.milliseconds(50)
  /// After so long one more than the known slots is tried again.
  package var slotProbeInterval = Duration.seconds(600)
  /// Requests of an instance that take less in the mean are short: one more in flight hides the way there.
  package var shortWork = Duration.milliseconds(500)
  /// The slot of a client that left while its prompt was read is not waited for any longer: a prompt may be far longer than what
  /// Ollama reads of it.
  package var ghostAtMost = Duration.seconds(60)
  /// Traffic that is not ours counts for so long.
  package var foreignTraffic = Duration.seconds(30)
  /// The most that is believed.
  package var slotLimit = 1_024

  /// As many models' loads are counted by themselves, of all servers together.
  package var countedModelLimit = 1_000

  // MARK: Conversations

  package var conversationLimit = 65_536
  /// Beginnings of prompts that are known, of all servers.
  package var promptBlockLimit = 65_536
  /// A conversation that was silent for longer is forgotten.
  package var conversationLife = Duration.seconds(3_600)
  /// As many tokens of other prompts may have gone through a server before a prompt counts as gone from its cache (about 8 GiB of
  /// an 8B model's).
  package var cachedTokens = 65_536
  /// The first version whose cache holds more prompts than one a slot.
  package var cachingVersion = (0, 12, 7)

  // MARK: Retries and breakers

  package var attemptLimit = 3
  /// Retries may be this part of the requests of ten seconds,
  package var retryShare = 0.2
  /// and as many beside it.
  package var retryAllowance = 10
  package var failuresInARow = 5
  package var failureShare = 0.5
  /// The share counts from as many requests on, in 30 s.
  package var failureSample = 10
  package var openFor = Duration.seconds(30)
  package var openAtMost = Duration.seconds(300)
  /// An instance that did not fit in memory is not tried there again.
  package var outOfMemoryPause = Duration.seconds(300)
  /// A busy server gets nothing for so long, twice as long the next time,
  package var busyPause = Duration.seconds(1)
  /// and so long at most.
  package var busyPauseAtMost = Duration.seconds(30)
  /// A request that servers were too busy for goes back to the queue for so long, then the client is told.
  package var busyPatience = Duration.seconds(60)
  /// An owned load that failed is tried there again after so long.
  package var failedLoadPause = Duration.seconds(30)

  // MARK: Health

  /// Off: no questions come from time alone, and what is known comes from requests and from who asks by himself.
  package var asksServers = true
  package var versionInterval = Duration.seconds(5)
  package var versionTimeout = Duration.seconds(2)
  /// Probes in a row that fail before a server is down.
  package var probesToDown = 2
  /// Between probes of a server that is down, at most.
  package var downIntervalAtMost = Duration.seconds(60)
  /// While there is work.
  package var loadedInterval = Duration.seconds(5)
  package var loadedIdleInterval = Duration.seconds(30)
  package var loadedTimeout = Duration.seconds(10)
  package var modelsInterval = Duration.seconds(60)
  package var modelsTimeout = Duration.seconds(2)
  /// All servers are asked for a model that none is known to have at most once in such a time.
  package var unknownModelInterval = Duration.seconds(1)

  // MARK: Bounds

  /// Servers at once, those among them that only finish what they have. More are taken in when one of these is gone.
  package static let serverLimit = 128
  /// Names of a list that are looked at, a server.
  package var listLimit = 10_000
  /// Names that are kept, of all servers and of requests that wait.
  package var nameLimit = 40_000

  package init() {}
}
