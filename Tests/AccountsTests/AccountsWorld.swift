import Access
import Accounts
import Limits
import System

/// One process's access control at a time that both clocks go by.
struct AccountsWorld {
  let control: AccessControl
  /// Since the start, which is 2026-11-27T00:00:00Z.
  var milliseconds: Int64 = 0

  static let midnight: Int64 = 1_795_737_600_000
  static let key = KeyID("0123456789ab")!
  static let otherKey = KeyID("zzzzzzzzzzzz")!
  static let team = TeamName("research")!
  static let user = UserName("ada")!

  var now: MonotonicTime { MonotonicTime(nanoseconds: milliseconds * 1_000_000) }
  var wall: Timestamp { Timestamp(millisecondsSince1970: Self.midnight + milliseconds) }

  init(bounds: AccessControl.Bounds = AccessControl.Bounds()) {
    control = AccessControl(bounds: bounds, run: 7)
  }

  static func account(_ model: String = "llama3:8b", key: KeyID? = Self.key) -> UsageAccount {
    UsageAccount(key: key, team: nil, user: nil, model: model)
  }

  static func limited(_ limits: LimitSet, _ subject: LimitSubject = .key(Self.key)) -> [LimitedSubject] {
    [LimitedSubject(subject, limits)]
  }

  func admit(
    _ subjects: [LimitedSubject], _ demand: Demand = Demand(textBytes: 400, askedOutput: 100),
    _ account: UsageAccount = Self.account()
  ) -> Admission {
    control.admit(demand, of: account, for: subjects, at: now, wall)
  }

  func settle(
    _ admitted: Reservation?, _ usage: Usage, _ ending: UsageRecord.Ending = .counted, status: Int = 200
  ) {
    guard let admitted else { return }
    control.settle(admitted, UsageRecord(usage, status: status, ending), at: now, wall)
  }

  func cancel(_ admitted: Reservation?) {
    if let admitted { control.cancel(admitted, at: now, wall) }
  }

  func remaining(_ kind: LimitKind, _ subjects: [LimitedSubject]) -> Int? {
    control.standings(of: subjects, at: now, wall).first { $0.kind == kind }?.remaining
  }
}

extension Admission {
  var admitted: Reservation? { if case .admitted(let admitted) = self { admitted } else { nil } }
  var refusal: LimitRefusal? { if case .refused(let refusal) = self { refusal } else { nil } }
}
