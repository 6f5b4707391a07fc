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
  /// These are its keys from now on.
  func use(_ keys: TestKey...) { use(keys) }

  func use(_ keys: [TestKey]) {
    gateway.services.access.use(KeyDirectory(keys: keys.map(\.record), teams: [], isClosed: true))
  }
}
