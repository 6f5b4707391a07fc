import Access
import AccessStorage
import Configuration
import GatewayTesting
import System
import Testing

@testable import Accounts
@testable import Gateway
@testable import Handling

/// Every route, with users by every way in which they show who they are: who comes in is the rule's to say, and nothing else's.
@Suite(.serialized) struct UserTableTests {
  /// By what a user shows who he is.
  enum Way: CaseIterable, Sendable {
    /// His browser's cookie.
    case cookie
    /// A token of the gateway's, which his program has got.
    case token
    /// A token of the issuer's, which says his scopes.
    case issuer
    /// The same, in place of what his record says.
    case issuerWithScopes
    /// A key of his, of no less scopes.
    case key
  }

  private static let all: Scopes = [
    .inference, .chat, .modelsRead, .modelsManage, .metrics, .adminRead, .admin,
  ]

  /// What users may do: each preset, each scope alone, none and all.
  private static let some: [(name: String, scopes: Scopes)] =
    Scopes.Preset.allCases.map { ($0.rawValue, $0.scopes) }
    + all.names.compactMap { name in Scopes(name: name).map { (name, $0) } } + [("none", []), ("all", all)]

  /// Makes a user, and says what he sends along.
  ///
  /// - Parameter number: another one for each.
  static func headers(
    _ way: Way, _ scopes: Scopes, number: Int, team: TeamName? = nil, _ scene: IssuerScene
  ) async throws -> TestHeaders {
    let name = "user\(number)"
    let subject = #""sub":"\#(number)","preferred_username":"\#(name)""#
    let identity = try #require(IssuerIdentity(issuer: scene.issuer.url, subject: "\(number)"))
    try await scene.gateway.makeUser(name, password: way == .cookie || way == .token ? Visitor.password : nil)
    {
      $0.team = team
      $0.scopes = way == .issuerWithScopes ? all : scopes
      $0.identities = way == .issuer || way == .issuerWithScopes ? [identity] : []
    }
    var headers: TestHeaders = ["X-Forwarded-For": "203.0.113.\(number)"]
    switch way {
    case .cookie:
      var visitor = Visitor(secure: scene.gateway, at: "203.0.113.\(number)")
      #expect(try await visitor.signIn(name).status == 200)
      headers = visitor.headers
      headers.add("Cookie", visitor.cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; "))
      headers.add("Origin", visitor.ownOrigin)
    case .token:
      headers.add("X-Forwarded-Proto", "https")
      let tokens = try await Visitor(scene.gateway, headers).login(name).json
      headers.add("Authorization", "Bearer \(tokens["access_token"].string ?? "none")")
    case .issuer, .issuerWithScopes:
      let said = way == .issuer ? "" : #","scope":"\#(scopes.names.joined(separator: " "))""#
      headers.add("Authorization", "Bearer \(scene.issuer.token(subject, seconds: 3600, more: said))")
    case .key:
      let key = TestKey(scopes) { $0.user = UserName(name) }
      try await scene.gateway.gateway.keeper.add(key.record)
      headers.add("Authorization", "Bearer \(key.text.text)")
    }
    return headers
  }

  @Test(arguments: Way.allCases) func everyRouteHasItsRule(_ way: Way) async throws {
    let visits = try await KeyTableTests.visits()
    let claims = way == .issuerWithScopes ? ",claims.scopes=scope" : ""
    try await withIssuer(
      claims,
      {
        $0.trustTheTest()
        $0.allowedHosts = [HostPattern("chat.example.org")!]
      }
    ) { scene in
      for (index, (name, scopes)) in Self.some.enumerated() {
        let headers = try await Self.headers(way, scopes, number: index + 1, scene)
        let visitor = Visitor(scene.gateway, headers)
        let session = try await visitor.get("/api/v1/auth/session").json
        #expect(session["signed_in"] == true, "\(way), \(name)")
        for visit in visits {
          let hasBody = visit.method == "POST" || visit.method == "DELETE"
          let response = try await visitor.request(visit.method, visit.path, json: hasBody ? "{}" : nil)
          if visit.rule != .open && visit.rule != .known
            && visit.rule.scopes.isDisjoint(with: scopes.effective)
          {
            #expect(response.status == 403, "\(visit.name), \(way), \(name)")
          } else {
            #expect(
              ![401, 403, 429].contains(response.status), "\(visit.name), \(way), \(name): \(response)")
          }
        }
        // He is in yet: none of it has signed him out.
        #expect(try await visitor.get("/api/v1/auth/session").json["signed_in"] == true, "\(way), \(name)")
      }
    }
  }

  /// Whoever may not come in is refused at each route, by whatever he shows.
  @Test(arguments: Way.allCases) func whoIsDisabledIsLetInNowhere(_ way: Way) async throws {
    let visits = try await KeyTableTests.visits()
    try await withIssuer(
      "",
      {
        $0.trustTheTest()
        $0.allowedHosts = [HostPattern("chat.example.org")!]
      }
    ) { scene in
      let headers = try await Self.headers(
        way == .issuerWithScopes ? .issuer : way, Self.all, number: 1, scene)
      let visitor = Visitor(scene.gateway, headers)
      #expect(try await visitor.isSignedIn)
      let id = try #require(scene.users.first?.id)
      try await scene.gateway.gateway.keeper.change(id) { (user) throws(RecordError) in user.isDisabled = true
      }
      #expect(try await visitor.isSignedIn == false)
      for (index, visit) in visits.enumerated() where visit.rule != .open && visit.rule != .known {
        var other = visitor
        // From an address of its own each time, as a disabled key counts as a wrong one.
        other.headers = TestHeaders(visitor.headers.fields.filter { $0.name != "X-Forwarded-For" })
        other.headers.add("X-Forwarded-For", "198.51.\(index / 250).\(index % 250 + 1)")
        let hasBody = visit.method == "POST" || visit.method == "DELETE"
        let response = try await other.request(visit.method, visit.path, json: hasBody ? "{}" : nil)
        #expect(response.status == 401, "\(visit.name), \(way): \(response)")
      }
    }
  }
}
