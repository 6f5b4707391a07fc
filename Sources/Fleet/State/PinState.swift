/// A model that the operator wants to be in a server's memory at all times.
struct PinState: Sendable {
  /// Canonical.
  let name: String
  /// Its place among the server's weights; -1 where the server's list has not got it.
  var weights = -1
  /// Why it is not in memory, as it was told last.
  var trouble: FleetPinTrouble?
  /// When the server was told last that it stays.
  var keptAt = Instant.past
}
