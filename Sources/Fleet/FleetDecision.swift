/// What becomes of a request that has just been submitted.
package enum FleetDecision: Sendable, Equatable {
  /// It is sent at once.
  case granted(FleetGrant)
  /// It waits: ``FleetAction/grant(_:_:)`` or ``FleetAction/refuse(_:_:)`` follows, if it does not leave before.
  case waiting
  /// It is over.
  case refused(FleetRefusal)
}

/// Why a request gets no server.
package enum FleetRefusal: Sendable, Equatable, CaseIterable {
  /// As many wait as may.
  case queueFull
  /// As many of this flow wait as may.
  case overShare
  /// All servers that are up were asked, and none has the model (or may be asked for it).
  case noServerHasModel
  /// There are none that could take it, or they do not respond.
  case noServerIsUp
  /// Those that could take it are drained.
  case serversAreDrained
  /// It has waited as long as it would.
  case timedOut
}

/// What becomes of a request whose server is done with it.
package enum FleetFate: Sendable, Equatable {
  /// The response, or the failure, is passed on: the request is over.
  case over
  /// It is sent to another server at once.
  case moved(FleetGrant)
  /// It waits again, before those that came after it; ``FleetAction/grant(_:_:)`` or ``FleetAction/refuse(_:_:)`` follows.
  case waiting
}
