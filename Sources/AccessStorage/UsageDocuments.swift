internal import Access
internal import Accounts
internal import Limits
internal import Sessions
internal import System

/// Usage and counters as a store has them, and back.
enum UsageDocuments {
  /// Counters of one window that are read at the start: more than accounts have room for.
  static let counterLimit = 100_000

  /// Rows of a part: what an outage has left is not to keep others from the store for long.
  static let partRows = 2000
  /// No flush has as many parts: accounts have room for less.
  private static let parts = 1024

  /// The parts of a flush, in their order, which are numbered on through all flushes. The same flush has the same parts.
  ///
  /// - Parameter digests: of models of requests that have none, by the requests' numbers.
  static func stored(
    _ flush: UsageFlush, _ digests: [Int64: String], at now: Timestamp
  ) -> [StoredUsageFlush] {
    let count = max(flush.hours.count, flush.windows.count, flush.entries.count)
    return stride(from: 0, to: count, by: partRows).enumerated().map { part, start in
      StoredUsageFlush(
        run: Int(flush.run), number: Int(flush.number) &* parts &+ part, time: now,
        usage: flush.hours.dropFirst(start).prefix(partRows).map(stored),
        counters: flush.windows.dropFirst(start).prefix(partRows).map(stored),
        entries: flush.entries.dropFirst(start).prefix(partRows).map {
          stored($0, digests[$0.number], run: flush.run)
        })
    }
  }

  private static func stored(_ entry: UsageEntry, _ digest: String?, run: Int64) -> StoredUsageEntry {
    let sums = UsageSums(from: Usage(), to: entry.usage)
    let usage = stored(
      UsageHour(hour: 0, account: entry.account, sums: sums))
    return StoredUsageEntry(
      StoredUsageEntry.Place(time: entry.time, run: Int(run), number: Int(entry.number)), usage,
      server: entry.detail.server ?? "", digest: entry.detail.digest ?? digest ?? "",
      dialect: entry.detail.dialect,
      status: entry.status, requestID: entry.detail.requestID)
  }

  private static func stored(_ hour: UsageHour) -> StoredUsage {
    let account = hour.account
    var usage = StoredUsage(
      StoredUsage.Account(
        hour: Int(hour.hour), key: account.key?.text ?? "", team: account.team?.text ?? "",
        user: account.user?.text ?? "", model: account.model))
    let sums = hour.sums
    usage[.requests] = Int(sums.requests)
    usage[.failures] = Int(sums.failures)
    usage[.inputTokens] = Int(sums.inputTokens)
    usage[.cachedTokens] = Int(sums.cachedTokens)
    usage[.outputTokens] = Int(sums.outputTokens)
    usage[.sentBytes] = Int(sums.sentBytes)
    usage[.waitTime] = Int(sums.waitMicroseconds)
    usage[.loadTime] = Int(sums.loadMicroseconds)
    usage[.promptTime] = Int(sums.promptMicroseconds)
    usage[.evalTime] = Int(sums.evalMicroseconds)
    return usage
  }

  // MARK: Counters

  /// Unit and period: `tokens/month`.
  static func stored(_ count: WindowCount) -> StoredCounter {
    StoredCounter(
      subject: count.subject.storedName, counter: "\(count.unit.rawValue)/\(count.window.period.rawValue)",
      window: count.window.start ?? StoredCounter.endless, amount: Int(count.amount))
  }

  /// - Returns: nil for what this program does not count.
  static func count(_ counter: StoredCounter) -> WindowCount? {
    let words = counter.counter.utf8.split(separator: UInt8(ascii: "/")).map { Array($0) }
    guard words.count == 2, let subject = LimitSubject(storedName: counter.subject),
      let unit = WindowUnit.allCases.first(where: { words[0].elementsEqual($0.rawValue.utf8) }),
      let period = CalendarPeriod.allCases.first(where: { words[1].elementsEqual($0.rawValue.utf8) })
    else { return nil }
    let window = CalendarWindow(period, at: counter.window)
    guard (window.start ?? StoredCounter.endless) == counter.window else { return nil }
    return WindowCount(subject: subject, unit: unit, window: window, amount: Int64(counter.amount))
  }

  /// When the windows of now have begun.
  static func windows(at now: Timestamp) -> [Timestamp] {
    CalendarPeriod.allCases.map { CalendarWindow($0, at: now).start ?? StoredCounter.endless }
  }
}
