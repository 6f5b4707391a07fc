internal import Access
internal import Limits
internal import System

/// What was used and is not in the store: a plain value of bounded size.
///
/// It is kept by hour and account, so that what a day without a store leaves is small. At the bound what comes for further accounts is
/// counted for ``UsageAccount/others``, so that sums stay right; counts of further windows are lost to the store, though limits go on by
/// them until the process ends.
struct UsageBook: Sendable {
  struct Hour: Hashable, Sendable {
    let hour: Int64
    let account: UsageAccount
  }

  struct Window: Hashable, Sendable {
    let subject: LimitSubject
    let unit: WindowUnit
    let window: CalendarWindow

    /// Of units and periods, which have names, there are a few: they tell too little apart to be hashed.
    func hash(into hasher: inout Hasher) {
      hasher.combine(subject)
      hasher.combine(window.index)
    }
  }

  /// What has come since the last flush was cut.
  private var hours = Tally<Hour, UsageSums>()
  private var windows = Tally<Window, Int64>()
  /// The mark of the first of these: each of this process has another.
  private var firstWindow = 0
  private let hourLimit: Int
  private let windowLimit: Int
  private static let mostOthers = 100_000
  private(set) var unnamed = 0
  private(set) var lost = 0
  /// Requests for the log; more than these between two flushes are left out of it.
  static let mostEntries = 20_000
  private var entries: [UsageEntry] = []
  private var entryCount: Int64 = 0
  private(set) var unlogged = 0

  init(hours: Int, windows: Int) {
    hourLimit = max(hours, 1)
    windowLimit = max(windows, 1)
  }

  /// What is not in the store of an account.
  ///
  /// - Parameter hint: where the account's hour was the last time; afterwards where it is.
  mutating func add(_ sums: UsageSums, of account: UsageAccount, at wall: Timestamp, near hint: inout Int) {
    add(sums, of: account, inHour: UsageBook.hour(of: wall), near: &hint)
  }

  /// The hour that this time is in: so many since 1970-01-01T00:00Z.
  static func hour(of time: Timestamp) -> Int64 {
    let (quotient, rest) = time.millisecondsSince1970.quotientAndRemainder(dividingBy: 3_600_000)
    return rest < 0 ? quotient - 1 : quotient
  }

  /// What is not in the store of an account in an hour, which may be over.
  mutating func add(_ sums: UsageSums, of account: UsageAccount, inHour number: Int64, near hint: inout Int) {
    if hours.holds(hint, { $0.hour == number && $0.account == account }) { return hours[hint] += sums }
    let hour = Hour(hour: number, account: account)
    if let place = hours.place(of: hour) {
      hint = place
      hours[place] += sums
    } else if hours.count < hourLimit {
      hint = hours.insert(hour, sums)
    } else {
      if sums.requests > 0 { unnamed += 1 }
      let others = Hour(hour: hour.hour, account: .others)
      if let place = hours.place(of: others) {
        hours[place] += sums
      } else if hours.count < hourLimit + UsageBook.mostOthers {
        // One an hour, for years.
        _ = hours.insert(others, sums)
      }
    }
  }

  /// The same of a window.
  mutating func add(_ amount: Int64, to counter: inout WindowCounter, of subject: LimitSubject) {
    // Each counter has its own: what it was given since the last cut, and since its window began, is of the same key.
    let known = counter.mark - firstWindow
    if known >= 0, known < windows.count { return windows[known].add(amount) }
    let key = Window(subject: subject, unit: counter.unit, window: counter.window)
    if let place = windows.place(of: key) {
      counter.mark = firstWindow + place
      windows[place].add(amount)
    } else if windows.count < windowLimit {
      counter.mark = firstWindow + windows.insert(key, amount)
    } else {
      lost += 1
    }
  }

  /// A request that has ended, for the log.
  mutating func log(
    _ usage: Usage, of account: UsageAccount, status: Int, _ detail: UsageDetail, at wall: Timestamp
  ) {
    guard entries.count < UsageBook.mostEntries else { return unlogged += 1 }
    entryCount += 1
    entries.append(
      UsageEntry(
        time: wall, number: entryCount, account: account, usage: usage, status: status, detail: detail))
  }

  /// Takes out all there is.
  mutating func cut() -> (
    hours: [Tally<Hour, UsageSums>.Entry], windows: [Tally<Window, Int64>.Entry], entries: [UsageEntry]
  ) {
    defer {
      // As many are likely to come again: to grow from nothing each time takes as long as to count them.
      hours = Tally(reserving: hours.count)
      firstWindow += windows.count
      windows = Tally(reserving: windows.count)
      entries = []
    }
    return (hours.entries, windows.entries, entries)
  }
}
