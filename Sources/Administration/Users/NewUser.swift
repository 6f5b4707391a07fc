package import Access
package import AccessStorage
package import System

extension AccessBook {
  /// Makes a user, with the next number.
  ///
  /// - Parameters:
  ///   - edit: what there is to say of him.
  ///   - secret: of a link by which he sets his password.
  /// - Returns: him.
  package mutating func addUser(
    named name: UserName, _ edit: UserEdit, reset secret: LinkSecret? = nil, at now: Timestamp
  ) throws(AccessError) -> UserRecord {
    guard let id = nextUser else { throw .tooMany(limit: AccessBook.limit) }
    var record = UserRecord(id: id, name: name, createdAt: now)
    edit.apply(to: &record, at: now)
    // He is as he was made.
    record.updatedAt = nil
    (record.generation, record.signedOutAt) = (1, nil)
    if let secret { record.makeReset(secret, at: now) }
    try add(record)
    return record
  }
}

extension UserRecord {
  /// A user who is not there, for what is said of one to be looked at.
  package static func draft(_ name: UserName, at now: Timestamp = .now) -> UserRecord {
    guard let id = UserID(1 as Int64) else { preconditionFailure("1 is the number of a user") }
    return UserRecord(id: id, name: name, createdAt: now)
  }
}
