/// Whether a request is let in.
package enum Admission: Sendable {
  /// It is, and all of its limits have given what it needs.
  case admitted(Reservation)
  /// It is not, and nothing was taken.
  case refused(LimitRefusal)
}
