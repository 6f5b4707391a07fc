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
  var holds: Holds
  /// What was counted so far.
  var counted = Usage()
  /// Its places come back then, if it has not ended.
  var deadline: MonotonicTime

  /// What one account has given.
  struct Hold: Sendable {
    let place: AccountPlace
    var hold: LimitHold
  }

  /// Nearly all requests have one, which takes no memory of its own.
  struct Holds: Sendable {
    private var first: Hold?
    private var others: [Hold] = []

    mutating func append(_ hold: Hold) {
      if first == nil { first = hold } else { others.append(hold) }
    }

    mutating func forEach(_ body: (inout Hold) -> Void) {
      guard var hold = first else { return }
      body(&hold)
      first = hold
      for place in others.indices { body(&others[place]) }
    }
  }
}
