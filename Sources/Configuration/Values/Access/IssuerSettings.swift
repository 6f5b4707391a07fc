public import Access
package import JSONWebToken

/// Whose tokens are believed, and by whom users sign in to the page: the setting `oidc`.
public struct IssuerSettings: Sendable, Equatable {
  /// `iss` of its tokens, byte for byte, and where its documents are.
  public var issuer: String
  /// Who we are there.
  public var clientID: String
  /// The file with our secret there; nil: we have none (a public client).
  public var clientSecretFile: String?
  /// Of which a bearer token names one; empty: ``clientID`` alone.
  public var audiences: [String] = []
  /// What is asked for at a sign-in.
  public var scopes = ["openid", "profile", "email"]
  /// What the page calls it; nil: its host.
  public var name: String?
  /// By which its tokens may be signed.
  package var algorithms = Set(TokenAlgorithm.allCases)
  /// Where it sends browsers back to; nil: by the host that they have asked.
  public var redirectURL: String?
  /// The claim with a new user's name.
  public var userClaim = "preferred_username"
  /// The claim with his groups; nil: none is looked at.
  public var teamsClaim: String?
  /// The claim with what he may do; nil: what users may by themselves.
  public var scopesClaim: String?
  /// Who becomes a user at first sight.
  public var allow: [Allowance] = []
  /// Whose group is whose team, the first that holds; empty: groups have the names of teams.
  public var teams: [GroupTeam] = []

  /// Who becomes a user at first sight.
  public enum Allowance: Sendable, Equatable {
    /// Everybody whom the issuer knows: `*`.
    case everybody
    /// Who has a verified e-mail address of this domain, in lower case: `example.org`, `@localhost`.
    case domain(String)
    /// Who is in this group.
    case group(String)
  }

  /// The team of a group.
  public struct GroupTeam: Sendable, Equatable {
    public let group: String
    public let team: TeamName
  }

  init(issuer: String, clientID: String) {
    self.issuer = issuer
    self.clientID = clientID
  }

  /// Of which a bearer token must name one.
  public var acceptedAudiences: [String] { audiences.isEmpty ? [clientID] : audiences }

  /// What the page calls it.
  public var shownName: String {
    name ?? String(issuer.drop { $0 != "/" }.dropFirst(2).prefix { $0 != "/" })
  }
}
