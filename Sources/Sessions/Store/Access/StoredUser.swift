package import System

/// A user as he is stored: what of him is looked for or has to be unique, and the rest as a document that the store does not read.
package struct StoredUser: Equatable, Sendable {
  /// His number, from 1 on; one that was given is never given again: see ``StoredAccessState/lastUser``.
  package var id: Int
  /// No other user has it.
  package var name: String
  /// In lower case; no other user has it. Nil: none.
  package var email: String?
  /// Counted from 1: how often he was put.
  package var revision: Int
  /// JSON.
  package var document: [UInt8]

  package init(id: Int, name: String, email: String?, revision: Int = 1, document: [UInt8]) {
    self.id = id
    self.name = name
    self.email = email
    self.revision = revision
    self.document = document
  }
}

/// That a user has signed in, as it is stored. It goes with its user.
package struct StoredSignIn: Equatable, Sendable {
  /// By what it is known.
  package var id: String
  /// The user's number.
  package var user: Int
  /// From then on it is over, whoever still has it.
  package var expiresAt: Timestamp
  /// JSON.
  package var document: [UInt8]

  package init(id: String, user: Int, expiresAt: Timestamp, document: [UInt8]) {
    self.id = id
    self.user = user
    self.expiresAt = expiresAt
    self.document = document
  }
}
