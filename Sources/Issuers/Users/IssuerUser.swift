package import Access
package import Configuration
package import JSONWebToken
package import System

/// Whom an issuer's claims are about, and what it says of him.
package struct IssuerUser: Hashable, Sendable {
  /// By which alone he is known: names and e-mail addresses are anybody's.
  package let identity: IssuerIdentity
  /// What he wants to be called; nil where the claim is none of a user's names.
  package let name: UserName?
  /// Where the issuer has found it to be his.
  package let email: String?
  package let fullName: String?
  /// His teams, of which the first that there is counts; where none is there, and where it is nil, his record says it: the rules of a
  /// team are shed by no token that is silent of it.
  package let teams: [TeamName]?
  /// What he may do; nil: his record says it.
  package let scopes: Scopes?
  /// When the token was made, in seconds since 1970; nil where it does not say.
  package let issuedAt: Int64?
  /// Whether he becomes a user at first sight.
  package let mayBeMade: Bool

  /// Groups and scopes that are looked at.
  private static let mostGroups = 512

  /// Reads claims that are known to be the issuer's.
  ///
  /// - Returns: nil where `iss` and `sub` are none of ``IssuerIdentity``.
  package init?(_ claims: TokenClaims, by settings: IssuerSettings) {
    guard let issuer = claims.issuer, let subject = claims.subject,
      let identity = IssuerIdentity(issuer: issuer, subject: subject)
    else { return nil }
    self.identity = identity
    name = claims.texts(at: settings.userClaim)?.first.flatMap { UserName($0) }
    let isVerified = claims.flag("email_verified") == true
    email = isVerified ? claims.text("email").flatMap { EmailAddress.holds($0) ? $0 : nil } : nil
    fullName = claims.text("name").flatMap { UserRecord.isFullName($0) ? $0 : nil }
    let groups = settings.teamsClaim.flatMap { claims.texts(at: $0) }.map {
      Array($0.prefix(Self.mostGroups))
    }
    teams = groups.map { Self.teams(of: $0, settings) }
    scopes = settings.scopesClaim.map { Self.scopes(claims.texts(at: $0) ?? []) }
    issuedAt = claims.issuedAt
    mayBeMade = Self.mayBeMade(email, groups ?? [], settings)
  }

  /// Whether the token was made after its user has signed out everywhere, or got another password: in a later second, by the issuer's clock.
  package func isIssued(after signedOutAt: Timestamp?) -> Bool {
    guard let signedOutAt else { return true }
    return issuedAt.map { $0 > signedOutAt.millisecondsSince1970 / 1000 } ?? false
  }

  /// ``issuedAt``, where it is within the years that a time here can be of.
  package var issuingTime: Timestamp? {
    issuedAt.flatMap { 0...253_402_300_799 ~= $0 ? Timestamp(millisecondsSince1970: $0 * 1000) : nil }
  }

  private static func teams(of groups: [String], _ settings: IssuerSettings) -> [TeamName] {
    guard !settings.teams.isEmpty else { return groups.compactMap { TeamName($0) } }
    let texts = Set(groups.map { Array($0.utf8) })
    return settings.teams.filter { texts.contains(Array($0.group.utf8)) }.map(\.team)
  }

  /// Those that are scopes of ours, in a list or parted by spaces, as `scope` of RFC 8693 has them.
  private static func scopes(_ texts: [String]) -> Scopes {
    let names = texts.prefix(mostGroups).flatMap { $0.split(separator: " ") }
    return names.reduce(into: Scopes()) { scopes, name in
      if let scope = Scopes(name: String(name)) { scopes.formUnion(scope) }
    }
  }

  private static func mayBeMade(_ email: String?, _ groups: [String], _ settings: IssuerSettings) -> Bool {
    settings.allow.contains { allowance in
      switch allowance {
      case .everybody: true
      case .domain(let domain):
        email.map { EmailAddress.folded($0).utf8.drop(through: "@").elementsEqual(domain.utf8) } ?? false
      case .group(let group): groups.contains { $0.utf8.elementsEqual(group.utf8) }
      }
    }
  }
}

extension Collection<UInt8> where Self: BidirectionalCollection {
  /// What stands behind the last `mark`.
  fileprivate func drop(through mark: Unicode.Scalar) -> SubSequence {
    lastIndex(of: UInt8(ascii: mark)).map { self[index(after: $0)...] } ?? self[...]
  }
}

extension Grant.Said {
  /// What an issuer says of a user, in place of his record; nil where it says nothing.
  package init?(_ user: IssuerUser, of record: UserRecord, in directory: KeyDirectory) {
    guard user.teams != nil || user.scopes != nil else { return nil }
    let team = user.teams?.first { directory.team($0) != nil }
    self.init(team: team ?? record.team, scopes: user.scopes)
  }
}
