package import System

/// Which request goes to which server, and when: a plain value. Events go in with their time, and what is to be done comes out; no
/// clock, socket, thread or log is in it. One for all workers, behind a lock: it is asked when a request comes and when it ends,
/// never for a token.
///
/// A request goes where its first token is expected soonest (``FleetPolicy``, extension Choice). Where that is a server whose slots
/// are taken, the request waits here and not there, so that it can still go elsewhere.
///
/// Each ticket ends once: by ``ended(_:_:at:)`` with ``FleetFate/over``, by ``left(_:at:)``, by ``FleetDecision/refused(_:)`` or by
/// ``FleetAction/refuse(_:_:)``. Times may not be before those of earlier events by more than the threads' races are; one that is,
/// is taken as it is and does no harm.
package struct FleetScheduler: Sendable {
  package let policy: FleetPolicy

  /// - Parameter seed: of the jitter, so that tests repeat.
  package init(policy: FleetPolicy = FleetPolicy(), seed: UInt64 = 0) {
    self.policy = policy
  }

  // MARK: Servers

  /// From now on these are the servers, in the operator's order. What is known of those that stay is kept. A server that is not
  /// among them any more gets nothing new, finishes what it has, and is forgotten then; requests that wait go to the others.
  package mutating func use(_ servers: [FleetServer], at now: MonotonicTime) -> [FleetAction] { [] }

  /// The server gets nothing new from now on, and finishes what it has. Harmless where there is no such server.
  package mutating func drain(_ server: FleetServerID, at now: MonotonicTime) -> [FleetAction] { [] }

  /// Ends ``drain(_:at:)``.
  package mutating func resume(_ server: FleetServerID, at now: MonotonicTime) -> [FleetAction] { [] }

  /// Something has been found out of a server. Harmless where there is no such server (any more).
  package mutating func observed(
    _ server: FleetServerID, _ observation: FleetObservation, at now: MonotonicTime
  ) -> [FleetAction] { [] }

  // MARK: A request

  /// A request comes. The actions are others' and beside the decision.
  package mutating func submit(
    _ request: FleetRequest, at now: MonotonicTime
  ) -> (FleetTicket, FleetDecision, [FleetAction]) {
    (FleetTicket(index: 0, generation: 0), .refused(.noServerIsUp), [])
  }

  /// The head of the response has come: with Ollama, its first token.
  package mutating func headArrived(_ ticket: FleetTicket, at now: MonotonicTime) {}

  /// The first byte of content has been passed on, or is about to be: the request stays where it is from now on.
  package mutating func contentBegan(_ ticket: FleetTicket, at now: MonotonicTime) {}

  /// The transfer waits for its reader: from now on it proves nothing. Once a transfer is enough.
  package mutating func paused(_ ticket: FleetTicket, at now: MonotonicTime) {}

  /// A request's server is done with it, whatever the outcome. Called once a grant.
  package mutating func ended(
    _ ticket: FleetTicket, _ outcome: FleetOutcome, at now: MonotonicTime
  ) -> (FleetFate, [FleetAction]) { (.over, []) }

  /// Who asked is gone, whether the request waits or has been sent. The ticket is over.
  package mutating func left(_ ticket: FleetTicket, at now: MonotonicTime) -> [FleetAction] { [] }

  // MARK: Time

  /// When ``tick(at:)`` is wanted next, if nothing happens before; nil for never. Cheap to read: read it after each event.
  package private(set) var nextDeadline: MonotonicTime?

  /// Does what is due. Harmless where nothing is.
  package mutating func tick(at now: MonotonicTime) -> [FleetAction] { [] }

  // MARK: What is known

  /// Where a waiting request stands; nil for one that does not wait.
  package func standing(of ticket: FleetTicket, at now: MonotonicTime) -> FleetStanding? { nil }

  /// - Parameter limit: as many of the waiting requests are shown.
  package func view(at now: MonotonicTime, limit: Int = 100) -> FleetView {
    FleetView(servers: [], depth: 0, waiting: [], counters: FleetCounters())
  }
}
