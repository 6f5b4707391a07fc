/// What stands for a request from ``FleetScheduler/submit(_:at:)`` until its end. A ticket whose request is over is known by nobody:
/// to say something of it is harmless.
package struct FleetTicket: Hashable, Sendable, CustomStringConvertible {
  let index: UInt32
  /// Of which of the requests that had this place, one after the other.
  let generation: UInt32

  /// Its place among those of all requests that are not over: of as many as there were at once.
  package var place: Int { Int(index) }

  package var description: String { "\(index).\(generation)" }
}
