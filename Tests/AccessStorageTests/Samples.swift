import Access
import Accounts
import Limits
import Sessions
import System

@testable import AccessStorage

extension KeyRecord {
  /// A key whose id and digest are made of a number.
  static func sample(_ number: Int, isCustom: Bool = false) -> KeyRecord {
    let digits = "\(number)".map(String.init).joined()
    let id = String(repeating: "0", count: KeyID.count - digits.utf8.count) + digits
    let hash = String(repeating: "0", count: 64 - digits.utf8.count) + digits
    guard let id = KeyID(id), let secret = SecretDigest(hexadecimal: hash) else {
      preconditionFailure("no key")
    }
    var record = KeyRecord(
      id: id, name: "key \(number)", secret: secret,
      createdAt: Timestamp(millisecondsSince1970: 1_700_000_000_000))
    record.isCustom = isCustom
    return record
  }
}

extension UserRecord {
  /// A user whose name is made of his number.
  static func sample(_ number: Int64) -> UserRecord {
    guard let id = UserID(number), let name = UserName("user-\(number)") else {
      preconditionFailure("no user")
    }
    return UserRecord(id: id, name: name, createdAt: Timestamp(millisecondsSince1970: 1_700_000_000_000))
  }
}

extension TeamRecord {
  static func sample(_ name: String) -> TeamRecord {
    guard let name = TeamName(name) else { preconditionFailure("no name") }
    return TeamRecord(name: name, createdAt: Timestamp(millisecondsSince1970: 1_700_000_000_000))
  }
}

extension AccessControl {
  /// A request of one key that has ended.
  func noteRequest(of record: KeyRecord, tokens: Int, at time: Timestamp = .now) {
    let account = UsageAccount(key: record.id, team: record.team, user: nil, model: "m:1b")
    note(UsageRecord(Usage(outputTokens: tokens), status: 200, .counted), of: account, at: time)
  }

  var keys: KeyDirectory { directory.directory }
}

extension KeyDirectory {
  var ids: [KeyID] { keys.map(\.id) }
}
