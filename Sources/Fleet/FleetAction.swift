/// What is to be done. Actions are done in their order, by whom and on which thread ever: each event about a ticket that is over by
/// then is harmless.
package enum FleetAction: Sendable, Equatable {
  /// A request that waited is sent.
  case grant(FleetTicket, FleetGrant)
  /// A request that waited is over.
  case refuse(FleetTicket, FleetRefusal)
  /// A request that was sent and of whose response no content has come is broken off, as its server is down; then
  /// ``FleetScheduler/ended(_:_:at:)`` is called with ``FleetFailure/recalled``, and says what becomes of it. Should it be
  /// on another server by then, that one is not blamed.
  case recall(FleetTicket)
  /// A model is loaded by a request of the gateway's own; ``FleetObservation/loadEnded(_:error:)`` follows.
  case load(FleetLoad)
  /// Nobody waits for a load any more, and it has hardly begun; or its server is down.
  case cancelLoad(FleetServerID, FleetLoadID)
  /// A server is told that a model of its memory stays there, by a request for it without a prompt. Nothing follows.
  ///
  /// - contextLength: what it is loaded with, where that is known.
  case keep(FleetServerID, model: String, contextLength: Int?)
  /// A model that is to stay in memory is not there, or is there again: for the log.
  case pinned(FleetServerID, model: String, trouble: FleetPinTrouble?)
  /// A server is asked; an observation follows, whatever comes of it.
  case ask(FleetServerID, FleetQuestion)
  /// A request that waits, and wants to be told, stands otherwise than when it was told last.
  case tell(FleetTicket, FleetStanding)
  /// A server is down from now on, or up again: for the log.
  case turned(FleetServerID, isUp: Bool)
}

/// The number of a load; none is given twice.
package struct FleetLoadID: Hashable, Sendable {
  package let number: UInt64
}

/// A load that the gateway owns.
package struct FleetLoad: Sendable, Equatable {
  package let id: FleetLoadID
  package let server: FleetServerID
  /// Canonical.
  package let model: String
  /// Those of the request that it is for.
  package let options: FleetRunnerOptions
  /// The request that it is for: its body has the options in words. The load outlives it. Nil where it is for none, as the operator
  /// wants the model to stay in memory.
  package let ticket: FleetTicket?
}

/// Where a waiting request stands.
package struct FleetStanding: Sendable, Equatable {
  package enum Reason: Sendable, Equatable {
    /// All servers that it could go to are busy.
    case busy
    /// Its model is being loaded.
    case loading
  }

  /// From 1: those whose turn comes before its own and that could go to the same servers, and itself. It may grow: who has had less
  /// comes before who has had more.
  package let position: Int
  /// Until it is sent, in whole seconds; nil where nothing is known.
  package let seconds: Int?
  package let reason: Reason
  /// The server that loads the model.
  package let loading: FleetServerID?
}
