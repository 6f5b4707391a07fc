/// What a caller has who has shown who he is: his key, his user, or both, with the team, compiled. Immutable: a request holds the one of its
/// beginning.
public final class Grant: Sendable {
  /// The key that he has shown; nil for a user who has signed in.
  public let key: KeyRecord?
  /// Whose the key is, or who has signed in; nil for a key that is nobody's in particular.
  public let user: UserRecord?
  /// The key's team, else the user's, if that is known.
  public let team: TeamRecord?
  /// What he may do, with what his scopes hold without naming it.
  public let scopes: Scopes
  /// Whose limits hold for what he asks in his own name; empty where nobody's do.
  package let limited: [LimitedSubject]
  /// The key's secret, of whichever form; that of no key for a user who has signed in.
  let currentSecret: SecretDigest
  /// The secrets of our form by which the key is known, or what no key has.
  let secret: SecretDigest
  let earlierSecret: SecretDigest
  /// What the issuer of his token says of him, in place of what his record does; nil without.
  let said: Said?
  private let principalID: Principal.ID
  /// Whether he may name the user for whom he asks.
  package let mayActForUsers: Bool
  /// Whether there are models that he may not use.
  package let restrictsModels: Bool
  /// Whether it is valid wherever and whenever it is shown, as long as it is the one of now: most are.
  let isAlwaysValid: Bool
  package let hints = GrantHints()

  /// Team and scopes by an issuer's claims.
  package struct Said: Equatable, Sendable {
    /// Nil: none.
    package var team: TeamName?
    /// Nil: those of the user's record.
    package var scopes: Scopes?

    package init(team: TeamName?, scopes: Scopes?) {
      self.team = team
      self.scopes = scopes
    }
  }

  /// The grant of a key.
  ///
  /// - Parameters:
  ///   - user: the one that it names, if he is known.
  ///   - team: the one that it names, else its user's, if that is known.
  public init(_ key: KeyRecord, user: UserRecord? = nil, team: TeamRecord?) {
    self.key = key
    self.user = user
    self.team = team
    let scopes = key.scopes.effective
    self.scopes = key.isMadeByUser ? scopes.intersection(user?.scopes.effective ?? []) : scopes
    limited = LimitedSubject.all(key, user, team)
    said = nil
    currentSecret = key.secret
    secret = key.isCustom ? .zero : key.secret
    earlierSecret = key.earlier.map { $0.isCustom ? .zero : $0.secret } ?? .zero
    principalID =
      if let user { .user(user.id) } else if let name = key.user { .keyUser(key.id, name) } else {
        .key(key.id)
      }
    mayActForUsers = key.mayActForUsers
    restrictsModels = key.models != nil || user?.models != nil || team?.models != nil
    isAlwaysValid =
      user?.isDisabled != true && !key.isDisabled && !key.isOrphaned(user) && key.expiresAt == nil
      && key.allowedIPs == nil
  }

  /// The grant of a user who has signed in.
  ///
  /// - Parameters:
  ///   - team: his, or the one that his issuer says, if that is known.
  ///   - said: what his issuer says of him in place of his record.
  package init(_ user: UserRecord, team: TeamRecord?, said: Said? = nil) {
    key = nil
    self.user = user
    self.team = team
    self.said = said
    scopes = (said?.scopes ?? user.scopes).effective
    limited = LimitedSubject.all(nil, user, team)
    currentSecret = .zero
    secret = .zero
    earlierSecret = .zero
    principalID = .user(user.id)
    mayActForUsers = false
    restrictsModels = user.models != nil || team?.models != nil
    isAlwaysValid = !user.isDisabled
  }

  /// Whether the key has a secret of our form.
  var hasOwnSecrets: Bool { secret != .zero || earlierSecret != .zero }

  /// As whom he acts: the user, else the key.
  public var principal: Principal { Principal(principalID, scopes: scopes, grant: self) }

  /// Whose acts his are: the key's, else the user's.
  package var holder: Principal.ID { key.map { .key($0.id) } ?? principalID }

  /// Whether the names alone that a model has elsewhere may close it: see ``allows(_:alsoKnownAs:)``.
  public var looksAtOtherNames: Bool {
    key?.models?.looksAtOtherNames == true || user?.models?.looksAtOtherNames == true
      || team?.models?.looksAtOtherNames == true
  }

  /// Whether key, user and team may use a model.
  ///
  /// - Parameters:
  ///   - name: canonical, with aliases resolved.
  ///   - others: canonical; the names of the same digest, where ``looksAtOtherNames`` asks for them.
  public func allows(_ name: String, alsoKnownAs others: [String] = []) -> Bool {
    key?.models?.allows(name, alsoKnownAs: others) != false
      && user?.models?.allows(name, alsoKnownAs: others) != false
      && team?.models?.allows(name, alsoKnownAs: others) != false
  }
}
