/// How urgent a request is among those that wait. What is of a more urgent band goes before all of the others; of each model and
/// band that has been passed over for ``FleetPolicy/bandPatience`` one request goes before all that.
package enum FleetBand: Int, Sendable, CaseIterable, Comparable {
  /// Somebody waits for it.
  case interactive
  case normal
  /// It may wait for what is urgent.
  case batch

  package static func < (left: FleetBand, right: FleetBand) -> Bool { left.rawValue < right.rawValue }
}
