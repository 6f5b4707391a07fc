package import Access
package import Issuers
internal import System

// Users whom an issuer knows.
extension AccessKeeper {
  /// The most names that are tried for a new user.
  private static let names = 1000

  /// The user whom an issuer's claims are about; is made where he is not there, and his settings let him be. Nobody who is there becomes
  /// him by a name or an e-mail address.
  ///
  /// - Returns: nil where he may not be made.
  package func user(of user: IssuerUser) async throws(AccessError) -> UserRecord? {
    try await perform { (book) throws(AccessError) in
      if let there = book.storedUsers.first(where: { $0.identities.contains(user.identity) }) { return there }
      guard user.mayBeMade else { return nil }
      guard let id = book.nextUser, let name = Self.freeName(for: user, in: book) else {
        throw .tooMany(limit: AccessBook.limit)
      }
      var record = UserRecord(id: id, name: name, createdAt: .now)
      record.identities = [user.identity]
      record.fullName = user.fullName
      let isFree = !book.storedUsers.contains { other in
        guard let email = other.email, let wanted = user.email else { return false }
        return EmailAddress.folded(email) == EmailAddress.folded(wanted)
      }
      if let email = user.email, isFree { (record.email, record.verifiedAt) = (email, .now) }
      try book.add(record)
      return record
    }
  }

  /// What he wants to be called, or something like it that nobody is.
  private static func freeName(for user: IssuerUser, in book: AccessBook) -> UserName? {
    let taken = Set(book.storedUsers.map(\.name))
    let wanted = user.name ?? UserName(String(user.identity.subject.filter { $0 != " " }.prefix(120)))
    guard let wanted else { return nil }
    if !taken.contains(wanted) { return wanted }
    for number in 2...names {
      if let name = UserName("\(wanted.text.prefix(120))-\(number)"), !taken.contains(name) { return name }
    }
    return nil
  }
}
