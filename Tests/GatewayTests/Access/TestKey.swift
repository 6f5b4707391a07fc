import Access
import GatewayTesting
import System

@testable import Accounts
@testable import Gateway
@testable import Handling

/// A key of a test's: its text, which its holder shows, and its record.
struct TestKey: Sendable {
  let text: KeyText
  var record: KeyRecord

  init(_ scopes: Scopes = [.inference, .chat, .modelsRead], _ change: (inout KeyRecord) -> Void = { _ in }) {
    text = KeyText()
    record = KeyRecord(id: text.id, name: "test", secret: text.secret, createdAt: .now)
    record.scopes = scopes
    change(&record)
  }

  /// What its holder sends.
  var headers: TestHeaders { ["Authorization": "Bearer \(text.text)"] }

  /// A key of our form that nobody has made.
  static let wrong: TestHeaders = ["Authorization": "Bearer \(KeyText().text)"]
}

extension RunningGateway {
  /// These are its keys from now on; whom they name is a user, from 1 on in the order of their names.
  func use(_ keys: TestKey...) { use(keys) }

  /// - Parameter change: what becomes of each user; nil: he is not there.
  func use(_ keys: [TestKey], _ change: (UserRecord) -> UserRecord? = { $0 }) {
    let names = Set(keys.compactMap(\.record.user)).sorted()
    let users = zip(1..., names).compactMap { number, name in
      UserID(number).map { UserRecord(id: $0, name: name, createdAt: .now) }
    }.compactMap(change)
    gateway.services.access.use(
      KeyDirectory(keys: keys.map(\.record), users: users, teams: [], isClosed: true))
  }
}
