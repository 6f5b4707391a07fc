/// What the scheduler knows, for people: the admin view, the status page, metrics. Made on demand, and costs as much as it shows.
package struct FleetView: Sendable {
  package struct Server: Sendable {
    package let id: FleetServerID
    package let name: String
    package let state: FleetServerState
    /// Whether it was found down, drained or not.
    package let isDown: Bool
    /// Whether the operator wants it to get nothing new.
    package let isDraining: Bool
    /// Whether the operator's list has it no more: it finishes what it has.
    package let isLeaving: Bool
    package let version: String?
    /// Of all instances.
    package let inFlight: Int
    /// Requests whose cheapest server this is.
    package let waiting: Int
    package let breaker: Breaker
    /// Whether it refuses the credentials that the operator has given for it.
    package let refusesCredentials: Bool
    /// Nothing is sent there for so long, as it said that it is busy.
    package let busyFor: Duration?
    /// What requests wait there for others' requests, in seconds.
    package let foreignWait: Double
    /// The part of the expected cached prompts that were cached.
    package let cacheHitRate: Double
    package let instances: [Instance]
    /// The models that are to stay in its memory.
    package let pins: [FleetPin]
    /// What it may be asked for, by its last list.
    package let models: [Model]
    /// Loads since the start, of the gateway's own and others that were seen.
    package let loads: [FleetLoadCount]
    /// Requests that came here, by what became of the wish to stay where the conversation is known.
    package let affinity: AffinityCounts
    /// The same of requests that name no conversation and are known by their prompts.
    package let promptAffinity: AffinityCounts
    /// Models that left memory as another was loaded.
    package let evictions: Int
  }

  /// A model with its runner options on a server: in memory, being loaded, or there before.
  package struct Instance: Sendable {
    package enum State: Sendable {
      case gone
      case loading
      case resident
    }

    package let model: String
    package let digest: String
    package let options: FleetRunnerOptions
    /// As the server tells.
    package let contextLength: Int?
    package let state: State
    /// What runs side by side, as far as it is known.
    package let slots: Int
    /// Whether a request waited while as many ran; until then more are tried.
    package let areSlotsSettled: Bool
    package let configuredSlots: Int?
    package let inFlight: Int
    /// Requests whose cheapest place this is.
    package let waiting: Int
    package let breaker: Breaker
    /// In bytes.
    package let size: Int
    package let sizeInVRAM: Int
    /// How much of the load is over, in seconds, and how long it should take; nil where none is under way.
    package let load: (elapsed: Double, expected: Double)?
    /// Tokens a second; nil where none was measured.
    package let prefillRate: Double?
    /// Tokens a second, of one request beside as many as run now; nil where none was measured.
    package let decodeRate: Double?
    /// What a load takes; nil where none was seen.
    package let loadSeconds: Double?
    package let loads: Int
  }

  /// A line of a server's list.
  package struct Model: Sendable, Equatable {
    /// Canonical.
    package let name: String
    /// The name again where the list tells none.
    package let digest: String
  }

  package enum Breaker: Sendable, Equatable, CaseIterable {
    case closed
    case open
    case halfOpen
  }

  /// A request that waits.
  package struct Waiting: Sendable {
    package let ticket: FleetTicket
    package let model: String?
    package let flow: UInt64
    package let band: FleetBand
    package let waited: Duration
    /// Where it would be sent if that were free.
    package let server: FleetServerID?
    package let standing: FleetStanding
  }

  package let servers: [Server]
  /// All that wait.
  package let depth: Int
  package let depths: [FleetBand: Int]
  /// The first of them, in the order of their turns.
  package let waiting: [Waiting]
  /// Jain's index over the service of the last whole minute, in tokens and by weight, of the flows that had to wait in it: 1 where
  /// all had the same, 1/n where one of n had all.
  package let fairness: Double
  package let counters: FleetCounters
}

/// How many servers there are, and how many of them work.
package struct FleetCounts: Sendable, Equatable {
  /// Those that respond, or have when they were asked last.
  package internal(set) var up = 0
  package internal(set) var down = 0
  package internal(set) var draining = 0
  /// Those that have not been heard of yet; they get work.
  package internal(set) var unknown = 0
  package var total: Int { up + down + draining + unknown }
}

/// Whether a server takes work.
package enum FleetServerState: Sendable, Equatable, CaseIterable {
  /// It has not been heard of yet, and is taken to be up.
  case unknown
  case up
  case down
  /// The operator wants it to get nothing new.
  case draining
  /// Its breaker has been open, and lets single requests try.
  case halfOpen
}

/// How often a server has loaded a model, and why.
package struct FleetLoadCount: Sendable, Equatable {
  package enum Reason: Int, Sendable, CaseIterable {
    /// The model was not in memory.
    case cold
    /// It was, with other runner options.
    case options
    /// Others than the gateway's clients have wanted it, or nobody knows who.
    case foreign
  }

  /// Canonical; nil for all models beyond ``FleetPolicy/countedModelLimit`` together.
  package let model: String?
  package let reason: Reason
  package let count: Int

  package init(model: String?, reason: Reason, count: Int) {
    self.model = model
    self.reason = reason
    self.count = count
  }
}

/// What has been counted since the start.
package struct FleetCounters: Sendable, Equatable {
  package internal(set) var submitted = 0
  /// Sent, each time.
  package internal(set) var granted = 0
  /// Of these, those over the known slots, to learn them.
  package internal(set) var slotProbes = 0
  package internal(set) var refused: [FleetRefusal: Int] = [:]
  /// Sent once more, by why.
  package internal(set) var retries: [FleetFailure: Int] = [:]
  /// Retries that the budget did not let through.
  package internal(set) var retriesRefused = 0
  /// Loads that the gateway asked for.
  package internal(set) var loads = 0
  package internal(set) var loadsFailed = 0
  package internal(set) var loadsCancelled = 0
  /// Prompt tokens that the servers had, as it seems, from turns before.
  package internal(set) var savedTokens = 0
  /// Requests that were sent with the context that their model was loaded with, in place of less.
  package internal(set) var reloadsAvoided = 0
  package internal(set) var breakerOpenings = 0
  /// How often those who wait were told that they stand further in front,
  package internal(set) var stepsForward = 0
  /// and how often further behind, as one passed whose turn comes before.
  package internal(set) var stepsBack = 0
}
