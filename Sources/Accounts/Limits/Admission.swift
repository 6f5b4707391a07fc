package import Limits

/// Whether a request is let in.
package enum Admission: Sendable {
  /// It is, and all of its limits have given what it needs.
  case admitted(Admitted)
  /// It is not, and nothing was taken.
  case refused(LimitRefusal)
}

/// A request that was let in.
package struct Admitted: Sendable {
  /// What it has taken.
  package let reservation: Reservation
  /// What is left, one of a kind; empty for whoever has no limits.
  package let standings: LimitStandings
}
