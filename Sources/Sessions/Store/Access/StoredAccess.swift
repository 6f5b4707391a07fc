package import System

/// An API key as it is stored: what of it is looked for or has to be unique, and the rest as a document that the store does not read.
package struct StoredKey: Equatable, Sendable {
  /// The public part.
  package var id: String
  /// What people call it; several may have one name.
  package var name: String
  /// By which no other key is known: of its secret.
  package var digest: [UInt8]
  /// Counted from 1: how often it was put.
  package var revision: Int
  /// JSON.
  package var document: [UInt8]

  package init(id: String, name: String, digest: [UInt8], revision: Int = 1, document: [UInt8]) {
    self.id = id
    self.name = name
    self.digest = digest
    self.revision = revision
    self.document = document
  }
}

/// A team as it is stored.
package struct StoredTeam: Equatable, Sendable {
  package var name: String
  /// Counted from 1: how often it was put.
  package var revision: Int
  /// JSON.
  package var document: [UInt8]

  package init(name: String, revision: Int = 1, document: [UInt8]) {
    self.name = name
    self.revision = revision
    self.document = document
  }
}

/// Whether access is closed, and how often that, keys, users or teams were changed.
package struct StoredAccessState: Equatable, Sendable {
  /// Since the first key or user; nil before it. It stays when all of them are gone.
  package var closedSince: Timestamp?
  /// Goes up with every change of keys, users, teams and this; not with one of sign-ins.
  package var revision: Int
  /// The highest number that a user ever had; 0 before the first one.
  package var lastUser: Int

  package init(closedSince: Timestamp? = nil, revision: Int = 0, lastUser: Int = 0) {
    self.closedSince = closedSince
    self.revision = revision
    self.lastUser = lastUser
  }
}

/// Who may come in, as it was at one moment.
package struct StoredAccess: Equatable, Sendable {
  package var state: StoredAccessState
  /// By their ids.
  package var keys: [StoredKey]
  /// By their names.
  package var teams: [StoredTeam]
  /// By their numbers.
  package var users: [StoredUser]

  package init(
    state: StoredAccessState = StoredAccessState(), keys: [StoredKey] = [], teams: [StoredTeam] = [],
    users: [StoredUser] = []
  ) {
    self.state = state
    self.keys = keys
    self.teams = teams
    self.users = users
  }
}
