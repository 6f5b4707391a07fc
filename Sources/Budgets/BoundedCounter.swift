internal import Synchronization

/// A number that threads raise up to a limit, and lower again, without a lock.
struct BoundedCounter: ~Copyable {
  private let count = Atomic(0)

  var value: Int { count.load(ordering: .relaxed) }

  /// Adds `amount`, which is not negative, unless more than `limit` would come of it.
  func take(_ amount: Int, of limit: Int) -> Bool {
    var old = count.load(ordering: .relaxed)
    while true {
      let (sum, overflow) = old.addingReportingOverflow(amount)
      guard !overflow, sum <= limit else { return false }
      let (exchanged, original) = count.weakCompareExchange(
        expected: old, desired: sum, ordering: .relaxed)
      if exchanged { return true }
      old = original
    }
  }

  /// Takes off what was added.
  func giveBack(_ amount: Int) {
    let left = count.wrappingSubtract(amount, ordering: .relaxed).newValue
    assert(left >= 0, "more was given back than taken")
  }
}
