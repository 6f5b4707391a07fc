package import Access

/// Who is meant by a text.
package enum MeantUser: Equatable {
  case none
  case one(UserRecord)
  /// It is one's name, number or e-mail address, and another's.
  case two(UserRecord, UserRecord)
  /// It is the e-mail address that he alone has said to be his: it may be somebody else's.
  case unsure(UserRecord)
}

extension KeyDirectory {
  /// Under what somebody's use stands in the accounts who is meant by a text: his name, or the text itself, as they know those too who are
  /// no users here.
  package func accountName(of text: String) -> String {
    // Names in the accounts are the same byte for byte.
    if let name = UserName(text), user(named: name) == nil, user(called: name) != nil { return text }
    return if case .one(let user) = user(meantBy: text) { user.name.text } else { text }
  }

  /// The user whom a key is said to be of: whoever is called so byte for byte, as records of keys say it, else as ``user(meantBy:)``.
  package func user(ofKeySaying text: String) -> MeantUser {
    if let user = UserName(text).flatMap({ user(named: $0) })?.user { return .one(user) }
    return user(meantBy: text)
  }

  /// What stands before a number that is no name.
  private static let prefix = "user:"

  /// The user that is meant by his name, his e-mail address or his number, which is `user:7` without a doubt. An address that its user alone
  /// has said to be his is none: see ``UserRecord/hasSureEmail``.
  package func user(meantBy text: String) -> MeantUser {
    guard text.utf8.count <= 300 else { return .none }
    if text.utf8.starts(with: KeyDirectory.prefix.utf8),
      let id = UserID(String(decoding: text.utf8.dropFirst(KeyDirectory.prefix.utf8.count), as: UTF8.self))
    {
      return user(id)?.user.map { .one($0) } ?? .none
    }
    let named = UserName(text).flatMap { user(called: $0)?.user }
    let numbered = UserID(text).flatMap { user($0)?.user }
    let addressed = user(email: text)?.user
    let found = [named, numbered, addressed].compactMap { $0 }
    guard let first = found.first else { return .none }
    if let other = found.first(where: { $0.id != first.id }) { return .two(first, other) }
    return found.count > 1 || addressed == nil || first.hasSureEmail ? .one(first) : .unsure(first)
  }
}
