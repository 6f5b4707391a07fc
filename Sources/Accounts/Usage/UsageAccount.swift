package import Access
internal import HTTPFields

/// For whom a request is counted. Equal are those of the same bytes. An object, as one stands in many places.
package final class UsageAccount: Sendable {
  /// Nil without one.
  package let key: KeyID?
  /// The key's team.
  package let team: TeamName?
  /// The user for whom the key asks.
  package let user: UserName?
  /// The model, by its canonical name.
  package let model: String

  /// Bytes of a model's name that are kept.
  package static let longestModel = 256

  /// - Parameter model: the canonical name; of a longer one than ``longestModel`` the beginning.
  package init(key: KeyID?, team: TeamName?, user: UserName?, model: String) {
    self.key = key
    self.team = team
    self.user = user
    self.model =
      model.utf8.count <= UsageAccount.longestModel
      ? model : String(decoding: model.utf8.prefix(UsageAccount.longestModel), as: UTF8.self)
  }

  /// The same of a model that has never said anything: what there is not, a client may name in any number of ways.
  var ofUnknownModel: UsageAccount {
    model.isEmpty ? self : UsageAccount(key: key, team: team, user: user, model: "_unknown")
  }

  /// Whoever has no room of their own any more.
  static let others = UsageAccount(key: nil, team: nil, user: nil, model: "_other")
}

// By bytes: a model's name is a peer's, and what Swift takes for equal texts takes time to find.
extension UsageAccount: Hashable {
  package static func == (left: UsageAccount, right: UsageAccount) -> Bool {
    if left === right { return true }
    return left.key == right.key && left.user == right.user && left.team == right.team
      && left.model.hasSameBytes(as: right.model)
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(key)
    hasher.combine(user)
    hasher.combine(bytesOf: model)
  }
}

extension Hasher {
  /// The bytes of a text, and their end.
  mutating func combine(bytesOf text: String) {
    text.utf8Span.span.bytes.withUnsafeBytes { combine(bytes: $0) }
    combine(UInt8(0xFF))
  }
}
