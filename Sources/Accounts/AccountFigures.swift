/// What the accounts hold, and what was dropped at their bounds.
package struct AccountFigures: Equatable, Sendable {
  /// Keys, teams and users whose limits are counted.
  package var subjects = 0
  /// The same of addresses.
  package var addresses = 0
  /// Requests that run or wait.
  package var requests = 0
  /// Subjects that were forgotten though they had used something: there were too many.
  package var forgotten = 0
  /// Requests that were forgotten before their end.
  package var abandoned = 0
  /// Requests whose hour had no room for their account: they are counted for all others together.
  package var unnamed = 0
  /// Counts of windows that no store will have.
  package var lost = 0
}
