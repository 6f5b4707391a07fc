/// What somebody wants to know of what was used.
package struct UsageQuestion: Equatable, Sendable {
  /// How long the times are that are told apart.
  package enum Step: Int, Sendable {
    /// None: the account's hour is 0.
    case all = 0
    case day = 24
    case hour = 1
  }

  /// Hours since 1970 in UTC, from 0 on.
  package var hours: Range<Int>
  package var step = Step.all
  /// What else is told apart; where it is not, the account's name is empty.
  package var byKey = false
  package var byTeam = false
  package var byUser = false
  package var byModel = false
  /// Whose usage alone, and with which model; nil for that of all.
  package var key: String?
  package var team: String?
  package var user: String?
  package var model: String?
  /// Of the sums in their order.
  package var skip = 0
  package var limit = 1000

  package init(hours: Range<Int>) { self.hours = hours.clamped(to: 0..<Self.lastHour) }

  /// Beyond what a clock shows.
  package static let lastHour = 1 << 40

  /// Whether an account's usage is asked for.
  func includes(_ account: StoredUsage.Account) -> Bool {
    hours.contains(account.hour)
      && [(key, account.key), (team, account.team), (user, account.user), (model, account.model)]
        .allSatisfy { wanted, found in wanted.map { $0.utf8.elementsEqual(found.utf8) } ?? true }
  }

  /// Under which account its usage is added up.
  func group(of account: StoredUsage.Account) -> StoredUsage.Account {
    StoredUsage.Account(
      hour: step == .all ? 0 : account.hour / step.rawValue * step.rawValue, key: byKey ? account.key : "",
      team: byTeam ? account.team : "", user: byUser ? account.user : "", model: byModel ? account.model : "")
  }

  /// The answer where all that was used is in memory: as stores give it.
  package func answer(from usage: some Sequence<StoredUsage>) -> [StoredUsage] {
    var groups: [StoredUsage.Account: StoredUsage] = [:]
    for part in usage where includes(part.account) {
      let group = group(of: part.account)
      groups[group, default: StoredUsage(group)].add(part)
    }
    return Array(
      groups.values.sorted { $0.account < $1.account }.dropFirst(max(0, skip)).prefix(max(0, limit)))
  }
}
