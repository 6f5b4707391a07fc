internal import Limits
internal import System

/// The accounts of all subjects that have limits and have used something: keys, teams and users in one table, addresses, of which anybody
/// may have many, in another.
///
/// Who is forgotten for want of room begins anew: of addresses it is the one that was seen least recently.
struct AccountTable: Sendable {
  private var named: RecencyTable<LimitSubject, LimitAccount>
  private var addresses: RecencyTable<LimitSubject, LimitAccount>
  private(set) var forgotten = 0
  /// Whether one has come since the last sweep.
  private var hasGrown = false

  init(subjects: Int, addresses: Int) {
    // A request has four at most, which must not push out each other.
    named = RecencyTable(capacity: max(subjects, 8))
    self.addresses = RecencyTable(capacity: max(addresses, 8))
  }

  var subjectCount: Int { named.count }
  var addressCount: Int { addresses.count }

  /// The account of a subject, which is new where there is none.
  mutating func place(of subject: LimitSubject) -> AccountPlace {
    subject.isAddress
      ? AccountTable.place(of: subject, true, in: &addresses, &forgotten, &hasGrown)
      : AccountTable.place(of: subject, false, in: &named, &forgotten, &hasGrown)
  }

  private static func place(
    of subject: LimitSubject, _ isAddress: Bool, in table: inout RecencyTable<LimitSubject, LimitAccount>,
    _ forgotten: inout Int, _ hasGrown: inout Bool
  ) -> AccountPlace {
    if let place = table.place(of: subject) {
      return AccountPlace(isAddress: isAddress, place: place)
    }
    let (place, lost) = table.insert(subject, LimitAccount())
    hasGrown = true
    if lost != nil { forgotten += 1 }
    return AccountPlace(isAddress: isAddress, place: place)
  }

  /// A copy of the account of a subject; nil where it has used nothing.
  func account(of subject: LimitSubject) -> LimitAccount? {
    let table = subject.isAddress ? addresses : named
    return table.peek(subject).flatMap { table[$0]?.value }
  }

  func subject(at place: AccountPlace) -> LimitSubject? {
    place.isAddress ? addresses[place.place]?.key : named[place.place]?.key
  }

  /// Changes an account; nil when it was forgotten.
  mutating func update<Result>(_ place: AccountPlace, _ body: (inout LimitAccount) -> Result) -> Result? {
    place.isAddress ? addresses.update(place.place, body) : named.update(place.place, body)
  }

  /// Forgets some of those that are as new, whenever others have come.
  mutating func sweep(at now: MonotonicTime, _ wall: Timestamp) {
    guard hasGrown else { return }
    hasGrown = false
    named.sweep(8) { !$0.isFresh(at: now, wall) }
    addresses.sweep(8) { !$0.isFresh(at: now, wall) }
  }
}
