/// A model that is to stay in a server's memory, as it is.
package struct FleetPin: Sendable, Equatable {
  package enum State: Sendable, Equatable, CaseIterable {
    /// Nothing is known of it yet, or its load waits for what must end before.
    case waiting
    case loading
    case resident
    /// See ``FleetPin/trouble``.
    case failed
  }

  /// Canonical.
  package let model: String
  package let state: State
  /// Nil but of one that has failed.
  package let trouble: FleetPinTrouble?

  package init(model: String, state: State, trouble: FleetPinTrouble? = nil) {
    self.model = model
    self.state = state
    self.trouble = trouble
  }
}

/// Why a model that is to stay in memory is not there.
package enum FleetPinTrouble: Sendable, Equatable {
  /// The server's list has not got it.
  case notListed
  /// There is no room beside others that are to stay.
  case noRoom
  /// Its load has failed; it is tried again.
  case loadFailed(FleetFailure)
}
