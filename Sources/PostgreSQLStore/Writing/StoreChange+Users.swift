internal import Sessions
internal import System

extension StoreChange {
  var userCommands: [Command] {
    switch self {
    case .putUser(let user):
      let isNew = user.revision == 1
      return [
        .prepared(isNew ? WriteStatements.addUser : WriteStatements.changeUser, user.parameters),
        .prepared(WriteStatements.reserveUsers, [Parameter(user.id)]),
      ] + (isNew ? [.prepared(WriteStatements.closeAccess, [Parameter(.now)])] : []) + Self.counted
    case .deleteUser(let id):
      return [
        .prepared(WriteStatements.deleteUser, [Parameter(id)]),
        .prepared(WriteStatements.dropCounters, [Parameter("user:\(id)")]),
      ] + Self.counted
    case .reserveUsers(let id):
      return [.prepared(WriteStatements.reserveUsers, [Parameter(id)])] + Self.counted
    case .putSignIn(let signIn):
      let parameters = [
        Parameter(signIn.id), Parameter(signIn.user), Parameter(signIn.expiresAt),
        Parameter(bytes: signIn.document),
      ]
      return [.prepared(WriteStatements.putSignIn, parameters)]
    case .dropSignIns(let ids): return [.prepared(WriteStatements.dropSignIns, [Parameter(texts: ids)])]
    case .dropOldSignIns(let time):
      return [.prepared(WriteStatements.dropOldSignIns, [Parameter(time)])]
    default: return []
    }
  }
}

extension StoredUser {
  fileprivate var parameters: [Parameter] {
    [Parameter(id), Parameter(name), Parameter(email), Parameter(revision), Parameter(bytes: document)]
  }
}
