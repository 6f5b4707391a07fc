/// Users by all that finds them. Immutable.
struct UserTable: Sendable {
  private var byID: [UserID: Grant] = [:]
  private var byName: [UserName: Grant] = [:]
  /// Those whose names are not all lower case, by these.
  private var byFoldedName: [String: Grant] = [:]
  private var byEmail: [String: Grant] = [:]
  private var byIdentity: [IssuerIdentity: Grant] = [:]

  /// - Parameter grants: those of users; of two that have something in common the first has it.
  init(_ grants: [Grant]) {
    for grant in grants {
      guard let user = grant.user, byID[user.id] == nil else { continue }
      byID[user.id] = grant
      if byName[user.name] == nil { byName[user.name] = grant }
      let folded = user.name.folded
      if folded != user.name.text, byFoldedName[folded] == nil { byFoldedName[folded] = grant }
      if let email = user.email.map(EmailAddress.folded), byEmail[email] == nil { byEmail[email] = grant }
      for identity in user.identities where byIdentity[identity] == nil { byIdentity[identity] = grant }
    }
  }

  /// The same with another grant in the place of a user's, who has the same number, name, e-mail address and identities as before.
  func replacing(_ old: Grant, by new: Grant) -> UserTable {
    guard let user = old.user, byID[user.id] === old else { return self }
    var table = self
    table.byID[user.id] = new
    // Of two that have something in common it may not be this one that is found by it.
    if byName[user.name] === old { table.byName[user.name] = new }
    let folded = user.name.folded
    if byFoldedName[folded] === old { table.byFoldedName[folded] = new }
    if let email = user.email.map(EmailAddress.folded), byEmail[email] === old { table.byEmail[email] = new }
    for identity in user.identities where byIdentity[identity] === old { table.byIdentity[identity] = new }
    return table
  }

  /// By their numbers.
  var sorted: [Grant] { byID.sorted { $0.key < $1.key }.map(\.value) }

  subscript(_ id: UserID) -> Grant? { byID[id] }
  subscript(_ name: UserName) -> Grant? { byName[name] }

  /// In upper or lower case. Of a store of before there may be several then: who is called so exactly comes before the others.
  subscript(called name: UserName) -> Grant? {
    if let exact = byName[name] { return exact }
    let folded = name.folded
    return UserName(folded).flatMap { byName[$0] } ?? byFoldedName[folded]
  }

  subscript(_ identity: IssuerIdentity) -> Grant? { byIdentity[identity] }

  /// What is no address finds nobody: it may be any text of a client's.
  subscript(email email: String) -> Grant? {
    EmailAddress.holds(email) ? byEmail[EmailAddress.folded(email)] : nil
  }
}
