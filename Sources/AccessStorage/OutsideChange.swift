package import Access

/// What another process, or the operator's file, has done to a key, a user or a team, as far as it can be told from what there is now: for the
/// log of administrative acts.
package struct OutsideChange: Equatable, Sendable {
  /// What was done.
  package enum Act: Equatable, Sendable {
    case made
    /// The names of the members that are others now.
    case changed([String])
    /// It has a new secret; other members may have changed as well.
    case rotated
    case deleted
  }

  /// To what.
  package enum Subject: Equatable, Sendable {
    case key(KeyID, name: String)
    case user(UserID, name: UserName)
    case team(TeamName)
  }

  /// See ``Act``.
  package let act: Act
  /// See ``Subject``.
  package let subject: Subject

  /// The most of one reading that are told one by one.
  package static let limit = 100

  /// What has become of the keys of the operator's file: the first ``limit`` changes, and how many there are.
  static func changes(
    fromFile before: [KeyRecord], to now: [KeyRecord]
  ) -> (first: [OutsideChange], count: Int) {
    // No two of a file have one id; of more than one file the first counts.
    let old = Dictionary(before.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    let new = Set(now.map(\.id))
    let changes =
      now.compactMap { record -> OutsideChange? in
        let subject = Subject.key(record.id, name: record.name)
        guard let old = old[record.id] else { return OutsideChange(act: .made, subject: subject) }
        return old == record ? nil : OutsideChange(act: old.act(otherThanIn: record), subject: subject)
      }
      + before.filter { !new.contains($0.id) }.map {
        OutsideChange(act: .deleted, subject: .key($0.id, name: $0.name))
      }
    return (Array(changes.prefix(limit)), changes.count)
  }

  /// What has become of a directory: the first ``limit`` changes, keys before users and teams, and how many there are. Keys of the operator's file
  /// are left out: see ``changes(fromFile:to:)``.
  static func changes(
    from before: KeyDirectory, to now: KeyDirectory
  ) -> (first: [OutsideChange], count: Int) {
    var changes: [OutsideChange] = []
    var count = 0
    func add(_ act: Act, _ subject: Subject) {
      count += 1
      if changes.count < limit { changes.append(OutsideChange(act: act, subject: subject)) }
    }
    for record in now.keys where record.source == .store {
      let subject = Subject.key(record.id, name: record.name)
      guard let old = before[record.id]?.key, old.source == .store else {
        add(.made, subject)
        continue
      }
      if old == record { continue }
      add(old.act(otherThanIn: record), subject)
    }
    for record in before.keys where record.source == .store && now[record.id] == nil {
      add(.deleted, .key(record.id, name: record.name))
    }
    for user in now.allUsers.lazy.compactMap(\.user) {
      guard let old = before.user(user.id)?.user else {
        add(.made, .user(user.id, name: user.name))
        continue
      }
      let members = old == user ? [] : old.members(otherThanIn: user)
      if !members.isEmpty { add(.changed(members), .user(user.id, name: user.name)) }
    }
    for user in before.allUsers.lazy.compactMap(\.user) where now.user(user.id) == nil {
      add(.deleted, .user(user.id, name: user.name))
    }
    for team in now.allTeams {
      guard let old = before.team(team.name) else {
        add(.made, .team(team.name))
        continue
      }
      if old != team { add(.changed(old.members(otherThanIn: team)), .team(team.name)) }
    }
    for team in before.allTeams where now.team(team.name) == nil { add(.deleted, .team(team.name)) }
    return (changes, count)
  }
}

extension KeyRecord {
  /// What has made it another one.
  fileprivate func act(otherThanIn other: KeyRecord) -> OutsideChange.Act {
    secret == other.secret ? .changed(members(otherThanIn: other)) : .rotated
  }

  /// The names of members that another one has otherwise. Digests are none of them.
  fileprivate func members(otherThanIn other: KeyRecord) -> [String] {
    let members: [(Member, Bool)] = [
      (.name, name == other.name), (.scopes, scopes == other.scopes), (.models, models == other.models),
      (.user, user == other.user), (.team, team == other.team), (.labels, labels == other.labels),
      (.priority, priority == other.priority), (.weight, weight == other.weight),
      (.expiresAt, expiresAt == other.expiresAt), (.disabled, isDisabled == other.isDisabled),
      (.allowedIPs, allowedIPs == other.allowedIPs),
      (.mayActForUsers, mayActForUsers == other.mayActForUsers),
      (.madeByUser, isMadeByUser == other.isMadeByUser), (.limits, limits == other.limits),
      (.earlier, earlier == other.earlier),
    ]
    return members.filter { !$0.1 }.map(\.0.rawValue)
  }
}

extension UserRecord {
  /// The same of a user; what changes by his signing in is none of them.
  fileprivate func members(otherThanIn other: UserRecord) -> [String] {
    let members: [(Member, Bool)] = [
      (.name, name == other.name), (.email, email == other.email), (.fullName, fullName == other.fullName),
      (.passwordHash, passwordHash == other.passwordHash), (.scopes, scopes == other.scopes),
      (.models, models == other.models), (.team, team == other.team), (.limits, limits == other.limits),
      (.disabled, isDisabled == other.isDisabled), (.verifiedAt, verifiedAt == other.verifiedAt),
      (.generation, generation == other.generation), (.identities, identities == other.identities),
      (.reset, reset == other.reset), (.verification, verification == other.verification),
      (.unlockedAt, unlockedAt == other.unlockedAt),
    ]
    return members.filter { !$0.1 }.map(\.0.rawValue)
  }
}

extension TeamRecord {
  fileprivate func members(otherThanIn other: TeamRecord) -> [String] {
    [("limits", limits == other.limits), ("models", models == other.models)].filter { !$0.1 }.map(\.0)
  }
}
