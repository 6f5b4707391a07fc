package import Access
internal import Limits
internal import Synchronization
internal import System

/// Who may come in, how much they may use, and what they have used: what all workers share. Any thread; each call takes one lock for about
/// a microsecond, but ``generation``, which takes none.
///
/// Of a request: ``admit(_:of:for:at:_:)`` once its model is known to be allowed, then exactly one of ``settle(_:_:_:at:_:)``, however it
/// ends, and ``cancel(_:at:_:)``, where nothing went out for it.
///
/// Times are told: rates go by the monotonic clock, windows of the calendar and hours of accounts by the wall clock.
package final class AccessControl: Sendable {
  /// How much there is room for.
  package struct Bounds: Sendable {
    /// Keys and teams whose limits are counted at one time, and users as many.
    package var subjects = 65_536
    /// The same of addresses.
    package var addresses = 16_384
    /// Requests that run or wait.
    package var requests = 65_536
    /// Accounts and hours that are not in the store.
    package var hours = 20_000
    /// Windows of the calendar that are not in the store.
    package var windows = 65_536

    /// For 10,000s of keys.
    package init() {}
  }

  struct State: Sendable {
    var ledger: LimitLedger
    var estimates = TokenEstimates()
    var book: UsageBook
  }

  struct Keys: Sendable {
    var directory: KeyDirectory
    var generation: UInt64
    var observers: [@Sendable (KeyDirectory) -> Void] = []
  }

  struct Flushes: Sendable {
    /// The one that the store has not acknowledged.
    var outstanding: UsageFlush?
    var lastNumber: Int64 = 0
  }

  let state: Lock<State>
  let keys: Lock<Keys>
  let flushes = Lock(Flushes())
  /// Who has signed in.
  package let signIns = SignInTable()
  let currentGeneration = Atomic<UInt64>(0)
  /// Of this process: see ``UsageFlush/run``.
  package let run: Int64

  /// - Parameters:
  ///   - directory: the keys of now.
  ///   - run: another one in each process.
  package init(
    directory: KeyDirectory = .empty, bounds: Bounds = Bounds(), run: Int64 = .random(in: 1 ... .max)
  ) {
    self.run = run
    keys = Lock(Keys(directory: directory, generation: 0))
    let ledger = LimitLedger(
      subjects: bounds.subjects, addresses: bounds.addresses, requests: bounds.requests)
    state = Lock(State(ledger: ledger, book: UsageBook(hours: bounds.hours, windows: bounds.windows)))
  }

  /// What it holds now.
  package var figures: AccountFigures {
    state.withLock { state in
      AccountFigures(
        subjects: state.ledger.accounts.subjectCount, addresses: state.ledger.accounts.addressCount,
        requests: state.ledger.requests.count, forgotten: state.ledger.accounts.forgotten,
        abandoned: state.ledger.abandoned, unnamed: state.book.unnamed, lost: state.book.lost)
    }
  }
}
