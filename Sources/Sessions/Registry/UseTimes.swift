internal import System

/// The times at which sessions were used, by a clock that may be set back: later uses have later times all the same, so that
/// lists stay in the order of use, and who has too many sessions loses none that is new.
///
/// While the clock is behind what it has said before, time goes on by a millisecond a use.
struct UseTimes {
  private var latest: Timestamp?

  /// The time of a use.
  ///
  /// - Parameter now: what the clock says.
  mutating func next(at now: Timestamp) -> Timestamp {
    var time = now
    if let latest, now < latest { time = latest.adding(.milliseconds(1)) }
    latest = time
    return time
  }
}
