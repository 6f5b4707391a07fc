internal import Limits
internal import System

/// A request that was let in and has not ended.
struct RunningRequest: Sendable {
  /// For whom it is counted.
  let account: UsageAccount
  /// What it asked for, from which estimates learn.
  var demand: Demand
  /// What that was estimated at.
  var estimate: TokenEstimate
  /// What its accounts have given.
  var holds: [Hold]
  /// What was counted so far.
  var counted = Usage()
  /// Its places come back then, if it has not ended.
  var deadline: MonotonicTime

  /// What one account has given.
  struct Hold: Sendable {
    let place: AccountPlace
    var hold: LimitHold
  }
}
