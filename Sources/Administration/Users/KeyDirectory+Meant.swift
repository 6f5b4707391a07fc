package import Access

/// Who is meant by a text.
package enum MeantUser: Equatable {
  case none
  case one(UserRecord)
  /// It is the name of one, and the number of another.
  case two(named: UserRecord, numbered: UserRecord)
}

extension KeyDirectory {
  /// Under what somebody's use stands in the accounts who is meant by a text: his name, or the text itself, as they know those too who are
  /// no users here.
  package func accountName(of text: String) -> String {
    if case .one(let user) = user(meantBy: text) { user.name.text } else { text }
  }

  /// What stands before a number that is no name.
  private static let prefix = "user:"

  /// The user that is meant by his name, his e-mail address or his number, which is `user:7` without a doubt.
  package func user(meantBy text: String) -> MeantUser {
    guard text.utf8.count <= 300 else { return .none }
    if text.utf8.starts(with: KeyDirectory.prefix.utf8),
      let id = UserID(String(decoding: text.utf8.dropFirst(KeyDirectory.prefix.utf8.count), as: UTF8.self))
    {
      return user(id)?.user.map { .one($0) } ?? .none
    }
    let named = UserName(text).flatMap { user(named: $0)?.user }
    let numbered = UserID(text).flatMap { user($0)?.user }
    if let named, let numbered, named.id != numbered.id { return .two(named: named, numbered: numbered) }
    return (named ?? numbered ?? user(email: text)?.user).map { .one($0) } ?? .none
  }
}
