internal import Access
internal import Limits
package import System

// What goes to the store, and comes from it.
extension AccessControl {
  /// Counts a request that has taken no reservation.
  package func note(_ record: UsageRecord, of account: UsageAccount, at wall: Timestamp) {
    var sums = UsageSums(from: Usage(), to: record.usage.bounded)
    sums.requests = 1
    sums.failures = record.status >= 400 ? 1 : 0
    var hint = -1
    state.withLock { [sums] in $0.book.add(sums, of: account, at: wall, near: &hint) }
  }

  /// What a store remembers of windows of the calendar, at the start: of those that run it counts, of others nothing.
  package func restore(_ counts: [WindowCount], at wall: Timestamp) {
    state.withLock { state in
      for count in counts {
        state.ledger.accounts.account(of: count.subject).limits.restore(
          count.amount, of: count.unit, count.window, at: wall)
      }
    }
  }

  /// What is to be stored: the flush that is not acknowledged, again, else a new one of all that has come since; nil when nothing has. One
  /// caller, which stores it and calls ``flushed(_:)``.
  ///
  /// While the store is away nothing is lost: one flush waits, and what comes adds up behind it, by hour and account.
  package func nextFlush() -> UsageFlush? {
    flushes.withLock { flushes in
      if let outstanding = flushes.outstanding { return outstanding }
      let (hours, windows, entries) = state.withLock { $0.book.cut() }
      guard !hours.isEmpty || !windows.isEmpty || !entries.isEmpty else { return nil }
      flushes.lastNumber += 1
      let flush = UsageFlush(
        run: run, number: flushes.lastNumber,
        hours: hours.map { UsageHour(hour: $0.key.hour, account: $0.key.account, sums: $0.sum) },
        windows: windows.map {
          WindowCount(subject: $0.key.subject, unit: $0.key.unit, window: $0.key.window, amount: $0.sum)
        }, entries: entries)
      flushes.outstanding = flush
      return flush
    }
  }

  /// The store has it.
  package func flushed(_ number: Int64) {
    flushes.withLock { if $0.outstanding?.number == number { $0.outstanding = nil } }
  }
}
