internal import Access
internal import Limits
internal import System

/// The accounts of all subjects that have limits and have used something: keys and teams in one table, users, of whom a key may name any
/// number, in another, and addresses, of which anybody may have many, in a third.
///
/// Who is forgotten for want of room begins anew: it is the one of its table that was seen least recently.
struct AccountTable: Sendable {
  private var named: RecencyTable<LimitSubject, LimitAccount>
  private var users: RecencyTable<LimitSubject, LimitAccount>
  private var addresses: RecencyTable<LimitSubject, LimitAccount>
  private(set) var forgotten = 0
  /// Whether one has come since the last sweep.
  private var hasGrown = false

  /// - Parameter subjects: keys and teams, and as many users.
  init(subjects: Int, addresses: Int) {
    // A request has two at most, which must not push out each other.
    named = RecencyTable(capacity: max(subjects, 8))
    users = RecencyTable(capacity: max(subjects, 8))
    self.addresses = RecencyTable(capacity: max(addresses, 8))
  }

  /// Keys, teams and users.
  var subjectCount: Int { named.count + users.count }
  var addressCount: Int { addresses.count }

  /// The account of a subject, which is new where there is none.
  ///
  /// - Parameter hint: where it may be, at which is looked first.
  mutating func place(of subject: LimitSubject, near hint: AccountPlace? = nil) -> AccountPlace {
    let kind = subject.kind
    let near = hint?.kind == kind ? hint?.place : nil
    let place =
      switch kind {
      case .named: AccountTable.place(of: subject, near: near, in: &named, &forgotten, &hasGrown)
      case .user: AccountTable.place(of: subject, near: near, in: &users, &forgotten, &hasGrown)
      case .address: AccountTable.place(of: subject, near: near, in: &addresses, &forgotten, &hasGrown)
      }
    return AccountPlace(kind: kind, place: place)
  }

  private static func place(
    of subject: LimitSubject, near hint: TablePlace?,
    in table: inout RecencyTable<LimitSubject, LimitAccount>, _ forgotten: inout Int, _ hasGrown: inout Bool
  ) -> TablePlace {
    if let place = table.place(of: subject, near: hint) { return place }
    let (place, lost) = table.insert(subject, LimitAccount())
    hasGrown = true
    if lost != nil { forgotten += 1 }
    return place
  }

  /// A copy of the account of a subject; nil where it has used nothing.
  func account(of subject: LimitSubject) -> LimitAccount? {
    switch subject.kind {
    case .named: named.peek(subject).flatMap { named[$0]?.value }
    case .user: users.peek(subject).flatMap { users[$0]?.value }
    case .address: addresses.peek(subject).flatMap { addresses[$0]?.value }
    }
  }

  func subject(at place: AccountPlace) -> LimitSubject? {
    switch place.kind {
    case .named: named[place.place]?.key
    case .user: users[place.place]?.key
    case .address: addresses[place.place]?.key
    }
  }

  /// Changes an account; nil when it was forgotten. Not inlined: a loop would first see to it that each of the tables is nobody else's.
  @inline(never)
  mutating func update<Result>(_ place: AccountPlace, _ body: (inout LimitAccount) -> Result) -> Result? {
    switch place.kind {
    case .named: named.update(place.place, body)
    case .user: users.update(place.place, body)
    case .address: addresses.update(place.place, body)
    }
  }

  /// The same, told whose it is: to look for that copies the account.
  @inline(never)
  mutating func update<Result>(
    _ place: AccountPlace, _ body: (LimitSubject, inout LimitAccount) -> Result
  ) -> Result? {
    switch place.kind {
    case .named: named.update(place.place, body)
    case .user: users.update(place.place, body)
    case .address: addresses.update(place.place, body)
    }
  }

  /// Forgets some of those that are as new, whenever others have come.
  mutating func sweep(at now: MonotonicTime, _ wall: Timestamp) {
    guard hasGrown else { return }
    hasGrown = false
    named.sweep(8) { !$0.isFresh(at: now, wall) }
    users.sweep(8) { !$0.isFresh(at: now, wall) }
    addresses.sweep(8) { !$0.isFresh(at: now, wall) }
  }
}
