internal import Access
internal import Limits
internal import System

/// The accounts of all subjects that have limits and have used something: keys and teams in one table, users, of whom a key may name any
/// number, in another, and addresses, of which anybody may have many, in a third.
///
/// Who is forgotten for want of room begins anew: it is the one of its table that was seen least recently.
struct AccountTable: Sendable {
  private typealias Table = RecencyTable<LimitSubject, SubjectAccount>

  private var named: Table
  private var users: Table
  private var addresses: Table
  private(set) var forgotten = 0
  /// Whether one has come since the last sweep.
  private var hasGrown = false

  /// - Parameter subjects: keys and teams, and as many users.
  init(subjects: Int, addresses: Int) {
    // A request has three at most, which must not push out each other.
    named = Table(capacity: max(subjects, 8))
    users = Table(capacity: max(subjects, 8))
    self.addresses = Table(capacity: max(addresses, 8))
  }

  /// Keys, teams and users.
  var subjectCount: Int { named.count + users.count }
  var addressCount: Int { addresses.count }

  /// The account of a subject, which is new where there is none, and goes by its limits of now.
  ///
  /// - Parameter hint: the one that it may be.
  mutating func account(
    of limited: LimitedSubject, near hint: SubjectAccount? = nil, at now: MonotonicTime, _ wall: Timestamp
  ) -> SubjectAccount {
    if let hint, hint.source === limited, let place = hint.place {
      use(place, limited.subject.kind)
      return hint
    }
    let account = account(of: limited.subject)
    account.use(limited, at: now, wall)
    return account
  }

  /// The account of a subject, which is new where there is none.
  mutating func account(of subject: LimitSubject) -> SubjectAccount {
    switch subject.kind {
    case .named: AccountTable.account(of: subject, in: &named, &forgotten, &hasGrown)
    case .user: AccountTable.account(of: subject, in: &users, &forgotten, &hasGrown)
    case .address: AccountTable.account(of: subject, in: &addresses, &forgotten, &hasGrown)
    }
  }

  private static func account(
    of subject: LimitSubject, in table: inout Table, _ forgotten: inout Int, _ hasGrown: inout Bool
  ) -> SubjectAccount {
    if let place = table.place(of: subject), let account = table[place] { return account }
    let account = SubjectAccount(subject)
    let (place, lost) = table.insert(subject, account)
    account.place = place
    hasGrown = true
    if let lost {
      lost.place = nil
      forgotten += 1
    }
    return account
  }

  private mutating func use(_ place: TablePlace, _ kind: LimitSubject.Kind) {
    switch kind {
    case .named: named.use(place)
    case .user: users.use(place)
    case .address: addresses.use(place)
    }
  }

  /// What a subject has used, without its being seen by that; nil where there is nothing.
  func used(by subject: LimitSubject) -> LimitAccount? {
    switch subject.kind {
    case .named: named.peek(subject)?.limits
    case .user: users.peek(subject)?.limits
    case .address: addresses.peek(subject)?.limits
    }
  }

  /// Forgets some of those that are as new, whenever others have come.
  mutating func sweep(at now: MonotonicTime, _ wall: Timestamp) {
    guard hasGrown else { return }
    hasGrown = false
    AccountTable.sweep(&named, at: now, wall)
    AccountTable.sweep(&users, at: now, wall)
    AccountTable.sweep(&addresses, at: now, wall)
  }

  private static func sweep(_ table: inout Table, at now: MonotonicTime, _ wall: Timestamp) {
    table.sweep(8) { account in
      guard account.limits.isFresh(at: now, wall) else { return true }
      account.place = nil
      return false
    }
  }
}
