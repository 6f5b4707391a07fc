package import Fleet

/// How much of the work a server takes, and which. See ``FleetServer``.
package struct UpstreamServerLimits: Sendable, Equatable {
  package var tier = 0
  package var weight = 1.0
  package var parallel: Int?
  package var maxInFlight: Int?
  package var maxLoaded: Int?
  package var models = FleetModelRules()
  /// Canonical names.
  package var pins: [String] = []

  package init() {}
}
