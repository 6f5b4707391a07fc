import Access
import Accounts
import GatewayTesting
import Limits
import System

@testable import Gateway
@testable import Handling

extension RunningGateway {
  /// Gives the gateway keys and teams, in place of those that it has.
  func use(_ keys: [SampleKey], teams: [TeamRecord] = []) {
    gateway.services.access.use(KeyDirectory(keys: keys.map(\.record), teams: teams, isClosed: true))
  }
}

/// A key, and what a test sends with it.
struct SampleKey {
  let text: KeyText
  var record: KeyRecord

  /// - Parameter change: changes the record of a key that may do anything.
  init(_ limits: LimitSet = .none, _ change: (inout KeyRecord) -> Void = { _ in }) {
    text = KeyText()
    record = KeyRecord(
      id: text.id, name: "test", secret: text.secret, createdAt: Timestamp(millisecondsSince1970: 0))
    record.limits = limits
    record.scopes = [.inference, .chat, .modelsRead, .metrics]
    change(&record)
  }

  var headers: TestHeaders { ["Authorization": "Bearer \(text.text)"] }
}
