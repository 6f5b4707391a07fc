internal import Access

/// Whom somebody wants to sign in as, as locks know it.
package struct LoginName: Hashable, Sendable {
  /// The number of a user, or the digest of what was typed, so that a name of any length costs the same, and none is kept.
  private enum Kind: Hashable {
    case user(Int64)
    case typed(SecretDigest)
  }

  private let kind: Kind

  /// What somebody has typed.
  ///
  /// - Parameter text: a user's name, or an e-mail address: letters count the same in both cases.
  package init(_ text: String) {
    var text = EmailAddress.folded(text)
    kind = .typed(text.withUTF8 { SecretDigest(of: UnsafeRawBufferPointer($0)) })
  }

  /// A user, whether he was named by his name or his e-mail address.
  init(_ user: UserID) { kind = .user(user.number) }
}
