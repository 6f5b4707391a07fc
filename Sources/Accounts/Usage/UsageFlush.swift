package import Access
package import Limits

/// What a store is to add, in one transaction with ``run`` and ``number``: where it has these already it has added it, and adds nothing.
package struct UsageFlush: Equatable, Sendable {
  /// The process that has counted it, by a random number.
  package let run: Int64
  /// Of its flushes, from 1.
  package let number: Int64
  /// What has come to hours, in no order, one of an hour and account.
  package let hours: [UsageHour]
  /// What has come to windows of the calendar, in no order, one of a subject, unit and window.
  package let windows: [WindowCount]
  /// What has ended, for the log, in its order.
  package let entries: [UsageEntry]
}

/// What was used in an hour, or has come to it since the last flush.
package struct UsageHour: Equatable, Sendable {
  /// Hours since 1970-01-01T00:00Z.
  package let hour: Int64
  /// For whom.
  package let account: UsageAccount
  /// How much; less than 0 where an earlier flush had more than there was.
  package let sums: UsageSums

  /// - Parameter hour: since 1970-01-01T00:00Z.
  package init(hour: Int64, account: UsageAccount, sums: UsageSums) {
    self.hour = hour
    self.account = account
    self.sums = sums
  }
}

/// What was counted in a window of the calendar, or has come to it since the last flush.
package struct WindowCount: Equatable, Sendable {
  /// Whose limits they are.
  package let subject: LimitSubject
  /// What was counted.
  package let unit: WindowUnit
  /// When.
  package let window: CalendarWindow
  /// How much, of GPU seconds in microseconds.
  package let amount: Int64

  /// - Parameter amount: of GPU seconds in microseconds.
  package init(subject: LimitSubject, unit: WindowUnit, window: CalendarWindow, amount: Int64) {
    self.subject = subject
    self.unit = unit
    self.window = window
    self.amount = amount
  }
}
