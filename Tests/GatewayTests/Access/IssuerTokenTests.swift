import Access
import AccessStorage
import Accounts
import Configuration
import GatewayTesting
import System
import Testing

@testable import Gateway
@testable import Handling

/// Bearer tokens of an issuer, over HTTP.
@Suite("Tokens of an issuer") struct IssuerTokenTests {
  private let folder = TemporaryFolder()

  private struct Place {
    let issuer: ScriptedIssuer
    let ollama: ScriptedOllama
    let gateway: RunningGateway

    func get(_ token: String?, _ path: String = "/api/tags") async throws -> TestClient.Response {
      let client = try await TestClient.connect(gateway.port)
      let headers: TestHeaders = token.map { ["Authorization": "Bearer \($0)"] } ?? [:]
      return try await client.perform { try $0.get(path, headers) }
    }

    func status(_ token: String?, _ path: String = "/api/tags") async throws -> Int {
      try await get(token, path).status
    }

    var users: [UserRecord] {
      gateway.gateway.services.access.directory.directory.allUsers.compactMap(\.user)
    }

    func end() async {
      await gateway.stop()
      ollama.stop()
      issuer.stop()
    }
  }

  private func place(_ more: String = ",allow=*") async throws -> Place {
    let issuer = try ScriptedIssuer()
    let ollama = try ScriptedOllama()
    let settings = try #require(IssuerSettings("issuer=\(issuer.url),client_id=gateway\(more)"))
    let path = folder.path + "/gateway.db"
    let gateway = try await RunningGateway(ollama: ollama.port) { configuration in
      configuration.store = .sqlite(path: path)
      configuration.oidc = settings
    }
    return Place(issuer: issuer, ollama: ollama, gateway: gateway)
  }

  private static let anna =
    #""sub":"1","preferred_username":"anna","email":"anna@example.org","email_verified":true"#

  /// Whoever has a token is let in, and is a user from then on; nobody else is.
  @Test func aTokenLetsItsUserIn() async throws {
    let place = try await place()
    #expect(try await place.status(nil) == 401)
    #expect(place.issuer.paths.isEmpty)
    for _ in 0..<3 { #expect(try await place.status(place.issuer.token(Self.anna)) == 200) }
    #expect(place.users.map(\.name.text) == ["anna"])
    #expect(place.users.first?.email == "anna@example.org")
    #expect(place.issuer.paths == ["/.well-known/openid-configuration", "/jwks"])
    // Administration is not for everybody who has a token.
    #expect(try await place.status(place.issuer.token(Self.anna), "/api/v1/admin/keys") == 403)
    await place.end()
  }

  @Test func otherTokensDoNot() async throws {
    let place = try await place()
    #expect(try await place.status(place.issuer.token(Self.anna)) == 200)
    let other = TestTokenKey(.ed25519, id: "ed-1")
    let unsigned = place.issuer.token(Self.anna).split(separator: ".").dropLast().joined(separator: ".") + "."
    for token in [
      place.issuer.token(Self.anna, seconds: -100), place.issuer.token(Self.anna, by: other), unsigned,
      place.issuer.token(Self.anna).replacing("eyJ", with: "eyK"), "a.b.c",
      TestTokenKey.ed25519.token(#"{"iss":"https://other","aud":"gateway","exp":4000000000,\#(Self.anna)}"#),
      TestTokenKey.ed25519.token(
        #"{"iss":"\#(place.issuer.url)","aud":"other","exp":4000000000,\#(Self.anna)}"#),
      TestTokenKey.ed25519.token(#"{"iss":"\#(place.issuer.url)","aud":"gateway",\#(Self.anna)}"#),
    ] {
      #expect(try await place.status(token) == 401)
    }
    #expect(place.users.count == 1)
    await place.end()
  }

  /// Names and addresses are anybody's: another subject is another user.
  @Test func anotherSubjectIsAnotherUser() async throws {
    let place = try await place()
    #expect(try await place.status(place.issuer.token(Self.anna)) == 200)
    let twin = Self.anna.replacing(#""sub":"1""#, with: #""sub":"2""#)
    #expect(try await place.status(place.issuer.token(twin)) == 200)
    #expect(place.users.map(\.name.text) == ["anna", "anna-2"])
    #expect(place.users.map(\.email) == ["anna@example.org", nil])
    await place.end()
  }

  @Test func whoIsNotAllowedIsToldSo() async throws {
    let place = try await place(",allow=@example.org")
    let response = try await place.get(place.issuer.token(#""sub":"9""#))
    #expect(response.status == 403)
    #expect(response.text.contains("not known here"))
    #expect(place.users.isEmpty)
    #expect(try await place.status(place.issuer.token(Self.anna)) == 200)
    await place.end()
  }

  /// It is asked each time whether its user may come in.
  @Test func aDisabledUserIsLetInNoMore() async throws {
    let place = try await place()
    let token = place.issuer.token(Self.anna)
    #expect(try await place.status(token) == 200)
    let id = try #require(place.users.first?.id)
    _ = try await place.gateway.gateway.keeper.change(id) { $0.isDisabled = true }
    #expect(try await place.status(token) == 401)
    _ = try await place.gateway.gateway.keeper.change(id) { $0.isDisabled = false }
    #expect(try await place.status(token) == 200)
    await place.end()
  }

  /// What was made before ends as cookies do; what is made later is good.
  @Test func signingOutEverywhereEndsTokens() async throws {
    let place = try await place()
    let token = place.issuer.token(Self.anna)
    #expect(try await place.status(token) == 200)
    let id = try #require(place.users.first?.id)
    _ = try await place.gateway.gateway.keeper.change(id) { $0.endSignIns(at: .now) }
    #expect(try await place.status(token) == 401)
    let soon = Timestamp.now.millisecondsSince1970 / 1000 + 5
    let later = TestTokenKey.ed25519.token(
      #"{"iss":"\#(place.issuer.url)","aud":"gateway","iat":\#(soon),"exp":4000000000,\#(Self.anna)}"#)
    #expect(try await place.status(later) == 200)
    let silent = TestTokenKey.ed25519.token(
      #"{"iss":"\#(place.issuer.url)","aud":"gateway","exp":4000000000,\#(Self.anna)}"#)
    #expect(try await place.status(silent) == 401)
    await place.end()
  }

  /// Who has another's address as a name at the issuer is not called so here.
  @Test func nobodyIsCalledByAnAddressThatIsNotHis() async throws {
    let place = try await place()
    try await place.gateway.makeUser("ann") { $0.email = "ann@example.org" }
    try await place.gateway.makeUser("eve") { ($0.email, $0.isEmailClaimed) = ("anna@example.org", true) }
    for claims in [
      #""sub":"7","preferred_username":"ann@example.org""#, #""sub":"8","preferred_username":"1""#,
    ] {
      #expect(try await place.status(place.issuer.token(claims)) == 200)
    }
    // What the issuer has verified goes before what somebody says of himself.
    #expect(try await place.status(place.issuer.token(Self.anna)) == 200)
    #expect(place.users.map(\.name.text) == ["ann", "eve", "ann-2", "sub-1", "anna"])
    #expect(place.users.map(\.email) == ["ann@example.org", nil, nil, nil, "anna@example.org"])
    await place.end()
  }

  /// The team that the first token names stays, and a token that is silent of teams keeps it.
  @Test func aTokenShedsNoTeam() async throws {
    let place = try await place(",allow=*,claims.teams=groups")
    let team = try #require(TeamName("small"))
    let models = try #require(ModelRules([]))
    try await place.gateway.gateway.keeper.put(
      TeamRecord(name: team, models: models, createdAt: .now), onlyIfNew: true)
    for more in [#","groups":["small"]"#, "", #","groups":["staff"]"#, #","groups":7"#] {
      let response = try await place.get(place.issuer.token(Self.anna, more: more))
      #expect(response.status == 200 && response.json["models"].array.isEmpty, "\(more): \(response.text)")
    }
    #expect(place.users.first?.team == team)
    let other = try await place.get(place.issuer.token(#""sub":"2""#))
    #expect(other.status == 200 && !other.json["models"].array.isEmpty)
    await place.end()
  }

  @Test func claimsSayScopes() async throws {
    let place = try await place(",allow=*,claims.scopes=scope")
    #expect(
      try await place.status(place.issuer.token(Self.anna, more: #","scope":"inference models.read""#)) == 200
    )
    #expect(try await place.status(place.issuer.token(Self.anna, more: #","scope":"openid""#)) == 403)
    #expect(
      try await place.status(place.issuer.token(Self.anna, more: #","scope":"admin""#), "/api/v1/admin/keys")
        == 200)
    await place.end()
  }

  @Test func anIssuerThatIsAwayIsSaidSo() async throws {
    let place = try await place()
    let token = place.issuer.token(Self.anna)
    place.issuer.replace { _ in .text("no", status: 500) }
    #expect(try await place.status(token) == 503)
    #expect(place.gateway.log.contains("the issuer of oidc does not answer"))
    // The text of no token is in the log.
    #expect(!place.gateway.log.contains(token.prefix(40)))
    await place.end()
  }
}
