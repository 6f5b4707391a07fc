package import Limits
internal import System

/// What a request has taken that was let in. It is given back once, by ``AccessControl/settle(_:_:_:at:_:)`` or
/// ``AccessControl/cancel(_:at:_:)``: whatever is done with it later does nothing.
///
/// `@unchecked Sendable`, as what changes of it belongs to the ``LimitLedger`` that let it in, which is part of a lock's value: nobody looks
/// at that without the lock.
package final class Reservation: @unchecked Sendable {
  /// For whom it is counted.
  let account: UsageAccount
  /// What it asked for, from which estimates learn.
  var demand: Demand
  /// What that was estimated at.
  var estimate: TokenEstimate
  /// What its accounts have given.
  var holds = Holds()
  /// What was counted so far.
  var counted = Usage()
  /// The same by the hours in which it was, the last one last; empty as long as it was not asked while it ran.
  var shares: [Share] = []
  /// Its places come back then, if it has not ended.
  var deadline: MonotonicTime
  /// How limits stood when it was let in, one of a kind; empty for whoever has none. Not changed afterwards: any thread may look at them.
  package internal(set) var standings = LimitStandings()
  /// Where the ledger has it; nil once it has ended, or was forgotten.
  var place: TablePlace?

  init(
    _ account: UsageAccount, _ demand: Demand, _ estimate: consuming TokenEstimate,
    until deadline: MonotonicTime
  ) {
    self.account = account
    self.demand = demand
    self.estimate = estimate
    self.deadline = deadline
  }

  /// What of it was counted in one hour.
  struct Share: Sendable {
    let hour: Int64
    /// In whose account.
    var account: UsageAccount
    var sums: UsageSums
  }

  /// What its accounts have given. Nearly all requests have one, which takes no memory of its own.
  struct Holds: Sendable {
    private var first: SubjectAccount?
    private var firstHold = LimitHold()
    private var others: [(account: SubjectAccount, hold: LimitHold)] = []

    init() {}

    var isEmpty: Bool { first == nil }

    /// One that has given nothing yet.
    mutating func append(_ account: SubjectAccount) {
      if first == nil { first = account } else { others.append((account, LimitHold())) }
    }

    /// Goes through them, in the order in which they came.
    mutating func forEach(_ body: (SubjectAccount, inout LimitHold) -> Void) {
      guard let first else { return }
      body(first, &firstHold)
      for place in others.indices { body(others[place].account, &others[place].hold) }
    }
  }
}
