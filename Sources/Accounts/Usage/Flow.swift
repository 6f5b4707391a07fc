internal import Access

/// A key and a model, by bytes as in ``UsageAccount``.
struct FlowKey: Hashable, Sendable {
  let key: KeyID?
  let model: ModelKey

  init(_ account: UsageAccount) {
    key = account.key
    model = ModelKey(name: account.model)
  }
}

/// What is known of what a key asks of a model, and where else there is something of it.
///
/// `@unchecked Sendable`, as what changes of it belongs to the ``TokenEstimates`` that made it, which are part of a lock's value: nobody
/// looks at that without the lock.
final class Flow: @unchecked Sendable {
  let key: FlowKey
  /// Where it is known; nil once it is forgotten.
  var place: TablePlace?
  /// The model, as long as that is known.
  var model: ModelEstimates
  /// How long responses were.
  var outputs = OutputSketch()
  /// In which the last request stood.
  private(set) var account: UsageAccount
  /// The account of the limits that are the key's own, as it was seen last.
  var subject: SubjectAccount?
  /// Where in the ``UsageBook`` its hour was the last time.
  var hour = -1

  init(_ key: FlowKey, _ account: UsageAccount, _ model: ModelEstimates) {
    self.key = key
    self.account = account
    self.model = model
  }

  /// The same account as an object that was seen here before, if it was: where it stands is found sooner by that.
  func account(like other: UsageAccount) -> UsageAccount {
    if other !== account, other != account { account = other }
    return account
  }
}
