internal import Access
internal import Accounts
internal import Limits
internal import Sessions
internal import System

/// Usage and counters as a store has them, and back.
enum UsageDocuments {
  /// Counters of one window that are read at the start: more than accounts have room for.
  static let counterLimit = 100_000

  static func stored(_ flush: UsageFlush, at now: Timestamp) -> StoredUsageFlush {
    StoredUsageFlush(
      run: Int(flush.run), number: Int(flush.number), time: now, usage: flush.hours.map(stored),
      counters: flush.windows.map(stored))
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
