package import Access
package import Sessions

/// Why keys, users or teams are not as somebody wants them to be.
package enum AccessError: Error, Equatable {
  /// There is such a key, or a custom key with the same text.
  case keyExists
  /// There is no such key.
  case noKey
  /// The key is in the operator's file: it is changed there.
  case isInFile
  /// There is such a team.
  case teamExists
  /// There is no such team.
  case noTeam
  /// So many keys and users are of the team.
  case teamHasKeys(Int)
  /// There is such a user: one of this number, this name, this e-mail address, or known to an issuer as this one.
  case userExists(UserRecord.Member)
  /// As many have made themselves as may be whom nobody else knows.
  case tooManyUnconfirmed
  /// There is no such user.
  case noUser
  /// So many keys of the operator's file name the user.
  case userHasFileKeys(Int)
  /// There are as many keys, users or teams as may be.
  case tooMany(limit: Int)
  /// A member of the record is not as it has to be.
  case invalid(RecordError)
  /// Keys come from the operator's file alone: nothing is stored.
  case noStore
  /// Somebody else has changed it at the same moment, again and again.
  case contended
  /// The store does not work. Whether the change was made is not known; it may be asked for again.
  case store(StoreError)
}

extension AccessError: CustomStringConvertible {
  /// For people, on one line.
  package var description: String {
    switch self {
    case .keyExists: "there is such a key already"
    case .noKey: "there is no such key"
    case .isInFile: "the key is in keys_file: change it there"
    case .teamExists: "there is such a team already"
    case .noTeam: "there is no such team"
    case .teamHasKeys(let count):
      "\(count) \(count == 1 ? "key or user names" : "keys and users name") the team"
    case .userExists(let member): "there is a user with \(member.words) already"
    case .tooManyUnconfirmed: "as many have registered as may be whom nobody knows"
    case .noUser: "there is no such user"
    case .userHasFileKeys(let count):
      "\(count) \(count == 1 ? "key" : "keys") of keys_file \(count == 1 ? "names" : "name") the user: change that first"
    case .tooMany(let limit): "there are \(limit) already, and no more may be"
    case .invalid(let error): "\(error)"
    case .noStore:
      "keys, users and teams need a store, and these settings keep nothing: use keys_file, or set store"
    case .contended: "somebody else changes it at the same time: try again"
    case .store(let error): error.description
    }
  }
}

extension UserRecord.Member {
  /// For people: what no two users have.
  package var words: String {
    switch self {
    case .name: "this name"
    case .email: "this e-mail address"
    case .identities: "this identity of an issuer"
    default: "this number"
    }
  }
}
