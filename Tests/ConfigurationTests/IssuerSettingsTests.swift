import Access
import GatewayTesting
import JSONWebToken
import Testing

@testable import Configuration

@Suite("The issuer of a file") struct IssuerSettingsTests {
  private static func issuer(_ text: String) throws -> IssuerSettings? {
    let folder = TemporaryFolder()
    return try resolve(file: folder.file("g.yaml", text)).configuration.oidc
  }

  @Test func itIsAMap() throws {
    let text = """
      oidc:
        issuer: https://id.example.org/realm
        client_id: gateway
        client_secret_file: /run/secret
        audience: [gateway, api]
        scopes: [openid, groups]
        name: "Our Firm, Inc."
        algorithms: ES256
        redirect_url: https://chat.example.org/api/v1/auth/issuer/callback
        claims: {user: email, teams: realm_access.roles, scopes: og}
        allow: [Example.org, ml, "*"]
        teams: {ml: ml-team, "/a=b": other}
      """
    let issuer = try #require(try Self.issuer(text))
    #expect(issuer.issuer == "https://id.example.org/realm")
    #expect(issuer.clientID == "gateway")
    #expect(issuer.clientSecretFile == "/run/secret")
    #expect(issuer.acceptedAudiences == ["gateway", "api"])
    #expect(issuer.scopes == ["openid", "groups"])
    #expect(issuer.shownName == "Our Firm, Inc.")
    #expect(issuer.algorithms == [.es256])
    #expect(issuer.redirectURL == "https://chat.example.org/api/v1/auth/issuer/callback")
    #expect(issuer.userClaim == "email")
    #expect(issuer.teamsClaim == "realm_access.roles")
    #expect(issuer.scopesClaim == "og")
    #expect(issuer.allow == [.domain("example.org"), .group("ml"), .everybody])
    #expect(issuer.teams.map(\.group) == ["ml", "/a=b"])
    #expect(issuer.teams.map(\.team.text) == ["ml-team", "other"])
  }

  @Test func whatIsNotSaidHasDefaults() throws {
    let issuer = try #require(try Self.issuer("oidc: {issuer: https://id.example.org:8443/x, client_id: g}"))
    #expect(issuer.acceptedAudiences == ["g"])
    #expect(issuer.shownName == "id.example.org:8443")
    #expect(issuer.scopes == ["openid", "profile", "email"])
    #expect(issuer.algorithms.count == 3)
    #expect(issuer.allow.isEmpty && issuer.teams.isEmpty)
    #expect(try Self.issuer("oidc: off") == nil)
    #expect(try Self.issuer("oidc: \"issuer=https://i,client_id=g\"")?.issuer == "https://i")
  }

  @Test(arguments: [
    ("{client_id: g}", "oidc has no issuer"), ("{issuer: \"https://i\"}", "oidc has no client_id"),
    ("{issuer: \"https://i\", client_id: g, secret: x}", "unknown key"),
    ("{issuer: \"https://i\", client_id: g, client_id: g}", "client_id stands there twice"),
    ("{issuer: \"http://i\", client_id: g}", "oidc.issuer \"http://i\": takes an URL"),
    ("{issuer: [\"https://i\"], client_id: g}", "oidc.issuer is a list: takes"),
    ("{issuer: \"https://i\", client_id: g, claims: x}", "oidc.claims is a value: takes a map"),
    ("{issuer: \"https://i\", client_id: g, claims: {groups: x}}", "unknown key"),
    ("{issuer: \"https://i\", client_id: g, allow: [ml]}", "without claims.teams"),
    ("{issuer: \"https://i\", client_id: g, teams: [ml]}", "oidc.teams is a list: takes"),
    ("{issuer: \"https://i\", client_id: g, algorithms: [HS256]}", "oidc.algorithms \"HS256\": takes RS256"),
    ("{issuer: \"https://i\", client_id: g, algorithms: []}", "oidc.algorithms"),
    ("{issuer: \"https://i\", client_id: g, name: }", "oidc.name is empty"),
    ("[{issuer: \"https://i\", client_id: g}]", "takes a map"),
  ])
  func anythingElseIsTold(_ text: String, _ words: String) throws {
    let error = #expect(throws: ConfigurationError.self) { try Self.issuer("oidc: \(text)") }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
  }

  @Test func theSecretIsReadAndNeverShown() throws {
    let folder = TemporaryFolder()
    let secret = try IssuerSecret(path: folder.file("secret", " MARKED-SECRET\n"))
    #expect(secret.text == "MARKED-SECRET")
    #expect(!"\(secret) \(String(reflecting: secret))".contains("MARKED"))
    for text in ["", "  \n", "a b", "ä", String(repeating: "s", count: 1025)] {
      let error = #expect(throws: ConfigurationError.self) {
        try IssuerSecret(path: folder.file("bad", text))
      }
      #expect(error?.description.contains("takes a secret") == true)
    }
    #expect(throws: ConfigurationError.self) { try IssuerSecret(path: folder.path + "/none") }
  }
}
