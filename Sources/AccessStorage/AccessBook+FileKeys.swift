internal import Access
internal import Sessions

// What was said by keys of the operator's file before they were somebody's.
extension AccessBook {
  /// By which stores know keys of the file that are somebody's: as they were nobody's, and as their users were not there.
  var formerOwnersOfFile: Set<String> {
    var names: Set<String> = []
    for key in fileKeys ?? [] {
      guard let user = key.user else { continue }
      names.insert(Principal.ID.key(key.id).storedName)
      // Of one that names others he is whom it has named so.
      if !key.mayActForUsers { names.insert(Principal.ID.keyUser(key.id, user).storedName) }
    }
    return names
  }

  /// Keys that are somebody's now, and were nobody's before.
  static func newlyOwned(_ now: [KeyRecord], since before: [KeyRecord]) -> Set<KeyID> {
    let free = Set(before.lazy.filter { $0.user == nil }.map(\.id))
    return Set(now.lazy.filter { $0.user != nil && free.contains($0.id) }.map(\.id))
  }

  /// What was said by keys of the file while they were nobody's is their users' from now on.
  ///
  /// - Parameters:
  ///   - keys: those that have just got their users: something may be under way by them.
  ///   - owners: who has sessions.
  ///   - made: users who were not there a moment ago, though keys have named them: what was said by these is theirs as well.
  /// - Returns: whether there is anything to be given.
  mutating func orderSessionsOfFile(
    _ keys: Set<KeyID>, _ owners: Set<String>, ofMade made: Set<UserName>
  ) -> Bool {
    guard !keys.isEmpty || !owners.isEmpty else { return false }
    var users: [UserName: UserID] = [:]
    for user in storedUsers { users[user.name] = user.id }
    var hasOrders = false
    for key in fileKeys ?? [] {
      guard let name = key.user, let user = users[name] else { continue }
      let former = Principal.ID.keyUser(key.id, name)
      if keys.contains(key.id) || owners.contains(Principal.ID.key(key.id).storedName) {
        order(sessionsOf: .key(key.id), to: .user(user))
        hasOrders = true
      }
      if made.contains(name), !key.mayActForUsers, owners.contains(former.storedName) {
        order(sessionsOf: former, to: .user(user))
        hasOrders = true
      }
    }
    return hasOrders
  }
}
