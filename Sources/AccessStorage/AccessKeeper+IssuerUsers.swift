package import Access
package import Issuers
internal import System

// Users whom an issuer knows.
extension AccessKeeper {
  /// The user whom an issuer's claims are about; is made where he is not there, and his settings let him be. Nobody who is there becomes
  /// him by a name or an e-mail address.
  ///
  /// - Returns: nil where he may not be made.
  package func user(of user: IssuerUser) async throws(AccessError) -> UserRecord? {
    try await perform { (book) throws(AccessError) in
      if let there = book.storedUsers.first(where: { $0.identities.contains(user.identity) }) { return there }
      guard user.mayBeMade else { return nil }
      // An address is one user's. What the issuer has verified goes before what somebody says of himself.
      if let email = user.email { try book.dropClaim(of: email) }
      let email = user.email.flatMap { book.isFree($0) ? $0 : nil }
      guard let id = book.nextUser,
        let name = book.freeName(user.name, email: email, subject: user.identity.subject)
      else { throw .tooMany(limit: AccessBook.limit) }
      var record = UserRecord(id: id, name: name, createdAt: .now)
      record.identities = [user.identity]
      record.fullName = user.fullName
      record.team = user.teams?.first { book[$0] != nil }
      if let email { (record.email, record.verifiedAt) = (email, .now) }
      try book.add(record)
      return record
    }
  }
}

extension AccessBook {
  /// The most names that are tried for a new user.
  private static let names = 1000

  /// Whether nobody has this e-mail address, or is called by it.
  package func isFree(_ email: String) -> Bool {
    let folded = EmailAddress.folded(email)
    return !storedUsers.contains { other in
      other.email.map(EmailAddress.folded) == folded || other.name.asAddress == folded
    }
  }

  /// Takes an e-mail address from who alone has said that it is his.
  mutating func dropClaim(of email: String) throws(AccessError) {
    let folded = EmailAddress.folded(email)
    guard
      let other = storedUsers.first(where: { $0.email.map(EmailAddress.folded) == folded }),
      !other.hasSureEmail
    else { return }
    try change(other.id) { $0.setEmail(nil) }
  }

  /// What a user of an issuer is called: what he wants to be called, or something like it that nobody is. Nobody is called by a number, or by
  /// an e-mail address that is not his own: it may be somebody else's, by now or later.
  ///
  /// - Parameters:
  ///   - email: his address, which nobody else has.
  ///   - subject: what he is called by where he wants nothing that a name may be.
  /// - Returns: nil where nothing is free.
  func freeName(_ wanted: UserName?, email: String?, subject: String) -> UserName? {
    let taken = Set(storedUsers.map(\.name.folded))
    if let wanted, let address = wanted.asAddress, email.map(EmailAddress.folded) == address,
      wanted.mayBeGiven, !taken.contains(wanted.folded)
    {
      return wanted
    }
    guard let name = Self.name(in: wanted?.text ?? "") ?? Self.name(in: subject) ?? UserName("sub") else {
      return nil
    }
    if !taken.contains(name.folded) { return name }
    for number in 2...Self.names {
      if let name = UserName("\(name.text.prefix(120))-\(number)"), !taken.contains(name.folded) {
        return name
      }
    }
    return nil
  }

  /// What stands before an `@`, without spaces; `sub-` before what looks like a number. Nil where nothing is left.
  private static func name(in text: String) -> UserName? {
    let bytes = text.utf8.prefix { $0 != UInt8(ascii: "@") }.filter { $0 != UInt8(ascii: " ") }
    guard let name = UserName(String(decoding: bytes.prefix(116), as: UTF8.self)) else { return nil }
    let given = name.looksLikeNumber || !name.mayBeGiven ? UserName("sub-\(name)") : name
    return given?.mayBeGiven == true ? given : nil
  }
}
