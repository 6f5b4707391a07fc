internal import Sessions
internal import System

extension SQLiteWriter {
  /// - Returns: why the store does not take the change, where the library has no word for it.
  func applyToUsers(_ change: StoreChange) throws(SQLiteFailure) -> StoreWriteError? {
    switch change {
    case .putUser(let user):
      if try connection.run(user.revision == 1 ? .addUser : .changeUser, user.values) == 0,
        try !isStored(user)
      {
        return .conflict(
          "another user of this number, name or e-mail address, or another revision of him, is there")
      }
      try connection.run(.reserveUsers, [.integer(user.id)])
      if user.revision == 1 { try connection.run(.closeAccess, [.now]) }
    case .deleteUser(let id):
      try connection.run(.deleteUser, [.integer(id)])
      try connection.run(.dropCounters, [.text("user:\(id)")])
    case .reserveUsers(let id): try connection.run(.reserveUsers, [.integer(id)])
    case .putSignIn(let signIn):
      guard try connection.run(.putSignIn, signIn.values) > 0 else {
        return .conflict("the user of the sign-in is not there")
      }
      return nil
    case .dropSignIns(let ids):
      for id in ids { try connection.run(.dropSignIn, [.text(id)]) }
      return nil
    case .dropOldSignIns(let time):
      try connection.run(.dropOldSignIns, [.integer(time.millisecondsSince1970)])
      return nil
    default: return nil
    }
    try connection.run(.countAccessChange)
    return nil
  }

  /// Whether this very row is there: then it was put before.
  private func isStored(_ user: StoredUser) throws(SQLiteFailure) -> Bool {
    let row = try connection.begin(.user, [.integer(user.id)])
    defer { row.reset() }
    return try row.step() && StoredUser(row) == user
  }
}
