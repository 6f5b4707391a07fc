/// A server as the operator has configured it.
package struct FleetServer: Sendable, Equatable {
  package let id: FleetServerID
  /// For the view and for lists of servers in requests; the scheduler itself goes by ``id``.
  package var name: String
  /// Servers of a tier are tried only where all of the lower ones would take longer than ``FleetPolicy/spillAfter``.
  package var tier: Int
  /// How much of the work it takes where costs are equal; 1 is usual. Kept between 0.01 and 100.
  package var weight: Double
  /// How many requests an instance runs side by side; nil where the gateway learns it. An upper bound: waiting lowers it for an
  /// instance which Ollama forces to fewer. Kept between 1 and 1,024.
  package var parallel: Int?
  /// The most requests at once, of all instances; nil for no bound.
  package var maxInFlight: Int?
  /// The most models at once, as `OLLAMA_MAX_LOADED_MODELS` says; nil where evictions tell it.
  package var maxLoaded: Int?
  package var models: FleetModelRules
  /// Those that stay in its memory; canonical names, of which ``pinLimit`` count.
  package var pins: [String]

  package static let pinLimit = 64

  package init(
    id: FleetServerID, name: String, tier: Int = 0, weight: Double = 1, parallel: Int? = nil,
    maxInFlight: Int? = nil, maxLoaded: Int? = nil, models: FleetModelRules = FleetModelRules(),
    pins: [String] = []
  ) {
    self.id = id
    self.name = name
    self.tier = tier
    self.weight = weight.isFinite ? min(max(weight, 0.01), 100) : 1
    self.parallel = parallel.map { min(max($0, 1), 1_024) }
    self.maxInFlight = maxInFlight.map { max($0, 1) }
    self.maxLoaded = maxLoaded.map { max($0, 1) }
    self.models = models
    self.pins = pins
  }
}
