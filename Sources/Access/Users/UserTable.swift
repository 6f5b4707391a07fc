/// Users by all that finds them. Immutable.
struct UserTable: Sendable {
  private let byID: [UserID: Grant]
  private var byName: [UserName: Grant] = [:]
  private var byEmail: [String: Grant] = [:]
  private var byIdentity: [IssuerIdentity: Grant] = [:]

  /// - Parameter grants: those of users; of two that have something in common the first has it.
  init(_ grants: [Grant]) {
    var byID: [UserID: Grant] = [:]
    for grant in grants {
      guard let user = grant.user, byID[user.id] == nil else { continue }
      byID[user.id] = grant
      if byName[user.name] == nil { byName[user.name] = grant }
      if let email = user.email.map(EmailAddress.folded), byEmail[email] == nil { byEmail[email] = grant }
      for identity in user.identities where byIdentity[identity] == nil { byIdentity[identity] = grant }
    }
    self.byID = byID
  }

  /// By their numbers.
  var sorted: [Grant] { byID.sorted { $0.key < $1.key }.map(\.value) }

  subscript(_ id: UserID) -> Grant? { byID[id] }
  subscript(_ name: UserName) -> Grant? { byName[name] }
  subscript(_ identity: IssuerIdentity) -> Grant? { byIdentity[identity] }

  /// What is no address finds nobody: it may be any text of a client's.
  subscript(email email: String) -> Grant? {
    EmailAddress.holds(email) ? byEmail[EmailAddress.folded(email)] : nil
  }
}
