/// What a valid key gives whoever shows it: its record and its team's, compiled. Immutable: a request holds the one of its beginning.
public final class KeyGrant: Sendable {
  /// The key.
  public let record: KeyRecord
  /// Its team, if that is known.
  public let team: TeamRecord?
  /// What the key may do, with what its scopes hold without naming it.
  public let scopes: Scopes
  /// The secrets of our form by which it is known, or what no key has.
  let secret: SecretDigest
  let earlierSecret: SecretDigest

  /// The grant of a key.
  public init(_ record: KeyRecord, team: TeamRecord?) {
    self.record = record
    self.team = team
    scopes = record.scopes.effective
    secret = record.isCustom ? .zero : record.secret
    earlierSecret = record.earlier.map { $0.isCustom ? .zero : $0.secret } ?? .zero
  }

  /// Whether it has a secret of our form.
  var hasOwnSecrets: Bool { secret != .zero || earlierSecret != .zero }

  /// As whom it acts: the key's user, else the key.
  public var principal: Principal { Principal(principalID, scopes: scopes, grant: self) }

  private var principalID: Principal.ID { record.user.map { .user($0) } ?? .key(record.id) }

  /// Whether the names alone that a model has elsewhere may close it: see ``allows(_:alsoKnownAs:)``.
  public var looksAtOtherNames: Bool {
    record.models?.looksAtOtherNames == true || team?.models?.looksAtOtherNames == true
  }

  /// Whether key and team may use a model.
  ///
  /// - Parameters:
  ///   - name: canonical, with aliases resolved.
  ///   - others: canonical; the names of the same digest, where ``looksAtOtherNames`` asks for them.
  public func allows(_ name: String, alsoKnownAs others: [String] = []) -> Bool {
    record.models?.allows(name, alsoKnownAs: others) != false
      && team?.models?.allows(name, alsoKnownAs: others) != false
  }
}
