package import System

/// Which request goes to which server, and when: a plain value. Events go in with their time, and what is to be done comes out; no
/// clock, socket, thread or log is in it. One for all workers, behind a lock: it is asked when a request comes and when it ends,
/// never for a token.
///
/// A request goes where its first token is expected soonest (`FleetScheduler+Choice.swift`). Where that is a server whose slots
/// are taken, the request waits here and not there, so that it can still go elsewhere.
///
/// Each ticket ends once: by ``ended(_:_:at:)`` with ``FleetFate/over``, by ``left(_:at:)``, by ``FleetDecision/refused(_:)`` or by
/// ``FleetAction/refuse(_:_:)``. Times may be a little before those of earlier events, as threads race; that does no harm.
package struct FleetScheduler: Sendable {
  package private(set) var policy: FleetPolicy
  private(set) var seconds: FleetPolicy.Seconds

  // MARK: State, of all extensions

  /// By their places; see ``ServerState/isVacant``.
  var servers: [ServerState] = []
  var places: [FleetServerID: Int] = [:] {
    didSet { lastAllowed = ([], .none) }
  }
  /// The servers that the last request with a list could go to.
  var lastAllowed: (ids: [FleetServerID], servers: ServerSet) = ([], .none)
  /// Those that have no place until one that leaves is gone, with their places in the list.
  var homeless: [(server: FleetServer, rank: Int)] = []
  /// Those that get new work: in the list, and not drained.
  var present = ServerSet.none
  /// Of these, those that are neither down nor cut off by their breaker.
  var usable = ServerSet.none
  /// The only server of the list; -1 where there are several or none.
  var sole = -1
  /// The only server, where each request goes there at once; -1 where requests are kept waiting.
  var unmanaged = -1
  /// From the lowest up.
  var tiers: [Int] = []
  /// Known slots of all instances in memory on usable servers, at least 1.
  var fleetSlots = 1

  /// The least that was too much for any server.
  var tooMuch = Int.max
  /// Bytes a second, of loads of all servers.
  var loadRate: Smoothed

  var models = ModelTable()
  var requests = RequestTable()
  var conversations: ConversationTable
  var prompts: PromptTable
  /// By the places of requests: of those that have one.
  var promptRecords: [PromptRecord] = []
  /// Tokens of responses, by flow and model.
  var outputs = OutputLengths()
  /// Requests that wait for the servers' lists.
  var looking = 0
  var orders: UInt64 = 0
  var loadIDs: UInt64 = 0
  var scans: UInt64 = 0
  /// How often it changed what could begin, over all scans.
  var openings: UInt64 = 0
  /// Whether servers are gone that some of those that wait could have gone to.
  var isUnservedDue = false
  /// The order of those that wait, kept for its room.
  var fairOrder = FairOrder()
  /// Servers where something could begin, as it was found last.
  var openServers = ServerSet.none
  /// The lines that were looked at last, kept for their room.
  var servedLines: [Int32] = []
  /// When those who found no place may come again.
  var vacancies = Vacancies()
  /// The costs of one choice, kept for their room.
  var costs: [Place] = []
  var budget = RetryBudget()
  var jitter: Jitter
  var counters = FleetCounters()
  /// Models whose loads are counted by themselves.
  var countedModels: Set<NameKey> = []

  /// Has the compiler keep the value in memory: of one that could be in registers it copies all, some kilobytes, for each call that
  /// only reads.
  private let staysInMemory: any Sendable = ()

  /// When what is due next.
  var scanDue = Instant.never
  var ghostDue = Instant.never
  var lookupDue = Instant.never
  var limitDue = Instant.never
  var healthDue = Instant.never
  var tellDue = Instant.never

  /// - Parameter seed: of the jitter, so that tests repeat.
  package init(policy: FleetPolicy = FleetPolicy(), seed: UInt64 = 0) {
    self.policy = policy
    seconds = FleetPolicy.Seconds(policy)
    conversations = ConversationTable(limit: policy.conversationLimit)
    prompts = PromptTable(limit: policy.promptBlockLimit)
    jitter = Jitter(seed: seed)
    loadRate = Smoothed(guess: policy.loadRate)
  }

  /// Goes by another policy from now on. What is known stays; what waits goes where it can by the new one.
  package mutating func use(_ policy: FleetPolicy, at time: MonotonicTime) -> [FleetAction] {
    self.policy = policy
    seconds = FleetPolicy.Seconds(policy)
    relist()
    var actions: [FleetAction] = []
    if asksOnTime { checkHealth(at: time.nanoseconds, &actions) }
    scan(at: time.nanoseconds, &actions)
    return actions
  }

  // MARK: Time

  /// ``nextDeadline``, where it comes before another; nil where it does not. Changes nothing: the value is not copied for it.
  package mutating func deadline(before other: MonotonicTime?) -> MonotonicTime? {
    guard let deadline = nextDeadline, other.map({ deadline < $0 }) != false else { return nil }
    return deadline
  }

  /// When ``tick(at:)`` is wanted next, if nothing happens before; nil for never. Cheap to read: read it after each event.
  package var nextDeadline: MonotonicTime? {
    let due = min(min(scanDue, ghostDue, lookupDue), min(limitDue, healthDue, tellDue))
    return due == .never ? nil : MonotonicTime(nanoseconds: due)
  }

  /// Does what is due. Harmless where nothing is.
  package mutating func tick(at time: MonotonicTime) -> [FleetAction] {
    let now = time.nanoseconds
    var actions: [FleetAction] = []
    if ghostDue <= now { endGhosts(at: now) }
    if healthDue <= now { checkHealth(at: now, &actions) }
    if lookupDue <= now { endLookups(at: now, &actions) }
    if limitDue <= now { endWaits(at: now, &actions) }
    if scanDue <= now { scan(at: now, &actions) }
    if tellDue <= now { tell(at: now, &actions) }
    // A load that began just now has let go what its server worked on for nobody.
    if ghostDue <= now { ghostDue = now.after(0.001) }
    return actions
  }
}
