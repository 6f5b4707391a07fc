import Access
import Configuration
import GatewayTesting
import JSONWebToken
import System
import Testing

@testable import Issuers

@Suite("Whom an issuer's claims are about") struct IssuerUserTests {
  private static func user(_ members: String, _ settings: String = "") throws -> IssuerUser? {
    let text = "issuer=https://id.example.org,client_id=g" + (settings.isEmpty ? "" : ",\(settings)")
    let settings = try #require(IssuerSettings(text))
    let token = try TokenText(
      TestTokenKey.ed25519.token(#"{"iss":"https://id.example.org","sub":"s 1"\#(members)}"#))
    return IssuerUser(token.claims, by: settings)
  }

  @Test func heIsKnownByIssuerAndSubject() throws {
    let user = try #require(
      try Self.user(
        #","preferred_username":"anna","email":"Anna@Example.org","email_verified":true,"name":"Anna Ä.""#))
    #expect(user.identity == IssuerIdentity(issuer: "https://id.example.org", subject: "s 1"))
    #expect(user.name?.text == "anna")
    #expect(user.email == "Anna@Example.org")
    #expect(user.fullName == "Anna Ä.")
    #expect(user.teams == nil && user.scopes == nil && !user.mayBeMade)
  }

  @Test func whatIsNoneOfAUserIsLeftOut() throws {
    let user = try #require(
      try Self.user(
        #","preferred_username":"an na","email":"anna","email_verified":true,"name":"a\u0007""#))
    #expect(user.name == nil && user.email == nil && user.fullName == nil)
    #expect(try Self.user(#","preferred_username":["a",1]"#)?.name == nil)
    #expect(try Self.user(#","preferred_username":{"a":1}"#)?.name == nil)
  }

  /// Anybody may say that an address is his.
  @Test(arguments: ["", #","email_verified":false"#, #","email_verified":"true""#, #","email_verified":1"#])
  func anAddressThatNobodyHasVerifiedIsNone(_ verified: String) throws {
    let user = try #require(
      try Self.user(#","email":"anna@example.org""# + verified, "allow=@example.org"))
    #expect(user.email == nil)
    #expect(!user.mayBeMade)
  }

  @Test(arguments: [
    ("anna@example.org", true), ("anna@EXAMPLE.org", true), ("anna@evil.org", false),
    ("anna@example.org.evil.org", false), ("anna@sub.example.org", false),
    ("\\\"@example.org\\\"@evil.org", false),
    ("anna@notexample.org", false), ("example.org", false),
  ])
  func domainsAreWhole(_ email: String, _ isAllowed: Bool) throws {
    let user = try #require(
      try Self.user(#","email":"\#(email)","email_verified":true"#, "allow=@Example.org"))
    #expect(user.mayBeMade == isAllowed)
  }

  @Test func groupsLetIn() throws {
    let settings = "claims.teams=groups,allow=ml /ops"
    #expect(try Self.user(#","groups":["x","ml"]"#, settings)?.mayBeMade == true)
    #expect(try Self.user(#","groups":"/ops""#, settings)?.mayBeMade == true)
    #expect(try Self.user(#","groups":["ML","ml2","ops"]"#, settings)?.mayBeMade == false)
    #expect(try Self.user("", settings)?.mayBeMade == false)
    #expect(try Self.user(#","groups":[1]"#, settings)?.mayBeMade == false)
    #expect(try Self.user("", "allow=*")?.mayBeMade == true)
  }

  @Test func claimsSayTeamsAndScopes() throws {
    let user = try #require(
      try Self.user(
        #","realm":{"roles":["b","a","x"]},"scope":"openid chat inference""#,
        "claims.teams=realm.roles,claims.scopes=scope,teams=a=team-a b=team-b"))
    #expect(user.teams?.map(\.text) == ["team-a", "team-b"])
    #expect(user.scopes == [.chat, .inference])
    // Where it says no scopes there are none; where it says no teams, or what are none, his record says them.
    for members in ["", #","groups":7"#, #","groups":["a",1]"#, #","groups":{"a":1}"#, #","groups":null"#] {
      let silent = try #require(try Self.user(members, "claims.teams=groups,claims.scopes=scope"))
      #expect(silent.teams == nil && silent.scopes == [], "\(members)")
    }
    #expect(try Self.user(#","groups":[]"#, "claims.teams=groups")?.teams?.isEmpty == true)
    #expect(try Self.user(#","groups":["a b","ok"]"#, "claims.teams=groups")?.teams?.map(\.text) == ["ok"])
  }

  @Test func theFirstTeamThatThereIsCounts() throws {
    let now = Timestamp(millisecondsSince1970: 0)
    let name = try #require(TeamName("two"))
    let directory = KeyDirectory(keys: [], teams: [TeamRecord(name: name, createdAt: now)], isClosed: true)
    var record = UserRecord(id: try #require(UserID(1)), name: try #require(UserName("a")), createdAt: now)
    record.team = TeamName("own")
    let two = try #require(try Self.user(#","g":["one","two"]"#, "claims.teams=g"))
    #expect(Grant.Said(two, of: record, in: directory) == Grant.Said(team: name, scopes: nil))
    // The rules of a team are shed by no token.
    for members in [#","g":["one"]"#, #","g":[]"#] {
      let none = try #require(try Self.user(members, "claims.teams=g"))
      #expect(Grant.Said(none, of: record, in: directory) == Grant.Said(team: record.team, scopes: nil))
    }
    #expect(Grant.Said(try #require(try Self.user("", "claims.teams=g")), of: record, in: directory) == nil)
    // Who says nothing of teams leaves his own.
    let scopes = try #require(try Self.user(#","s":["chat"]"#, "claims.scopes=s"))
    #expect(Grant.Said(scopes, of: record, in: directory) == Grant.Said(team: record.team, scopes: .chat))
    #expect(Grant.Said(try #require(try Self.user("")), of: record, in: directory) == nil)
  }

  @Test func tokensEndWithASignOut() throws {
    let signedOutAt = Timestamp(millisecondsSince1970: 1_700_000_000_900)
    for (members, isLater) in [
      ("", false), (#","iat":1699999999"#, false), (#","iat":1700000000"#, false),
      (#","iat":1700000001"#, true),
    ] {
      let user = try #require(try Self.user(members))
      #expect(user.isIssued(after: signedOutAt) == isLater, "\(members)")
      #expect(user.isIssued(after: nil))
    }
  }

  @Test func aSubjectThatIsNoneOfAnIdentityIsNobody() throws {
    let token = try TokenText(TestTokenKey.ed25519.token(#"{"iss":"https://id.example.org","sub":"ä"}"#))
    let settings = try #require(IssuerSettings("issuer=https://id.example.org,client_id=g"))
    #expect(IssuerUser(token.claims, by: settings) == nil)
  }
}
