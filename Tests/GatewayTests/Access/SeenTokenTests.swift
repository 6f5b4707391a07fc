import Access
import AccessStorage
import Configuration
import GatewayTesting
import System
import Testing

@testable import Gateway
@testable import Handling
@testable import Issuers

/// Tokens that each worker has verified before: what ends them is seen all the same.
@Suite("Tokens that were seen before") struct SeenTokenTests {
  /// Statuses of some requests, so that each worker has seen the token.
  private static func statuses(_ token: String, _ gateway: RunningGateway) async throws -> Set<Int> {
    var statuses: Set<Int> = []
    for _ in 0..<8 {
      statuses.insert(
        try await TestClient.request(gateway.port, "GET", "/api/tags", ["Authorization": "Bearer \(token)"])
          .status)
    }
    return statuses
  }

  enum End: CaseIterable, Sendable {
    case signedOut, everywhere, password, disabled, deleted
  }

  @Test(arguments: End.allCases) func whatEndsASignInEndsItsTokens(_ end: End) async throws {
    try await withUsers { gateway, _ in
      let user = try await gateway.makeUser("ann", password: Visitor.password)
      let visitor = Visitor(gateway)
      let shown = try await visitor.login("ann").json["access_token"]
      let token = try #require(shown.string)
      #expect(try await Self.statuses(token, gateway) == [200])
      let (keeper, bearer) = (gateway.gateway.keeper, TestHeaders.bearer(shown))
      switch end {
      case .signedOut:
        #expect(try await visitor.request("POST", "/api/v1/auth/logout", bearer).status == 200)
      case .everywhere:
        #expect(
          try await visitor.request("DELETE", "/api/v1/auth/session?everywhere=true", bearer).status == 200)
      case .password:
        let changed = try await visitor.request(
          "POST", "/api/v1/auth/password",
          json: #"{"current_password":"\#(Visitor.password)","new_password":"Battery-Staple-7!"}"#, bearer)
        #expect(changed.status == 200)
      case .disabled:
        try await keeper.change(user.id) { (user) throws(RecordError) in user.isDisabled = true }
      case .deleted: try await keeper.delete(user.id)
      }
      #expect(try await Self.statuses(token, gateway) == [401])
    }
  }

  /// What a user may do is asked as often as users change.
  @Test func rightsAreThoseOfNow() async throws {
    try await withUsers { gateway, _ in
      let user = try await gateway.makeUser("ann", password: Visitor.password)
      let token = try #require(try await Visitor(gateway).login("ann").json["access_token"].string)
      #expect(try await Self.statuses(token, gateway) == [200])
      for (scopes, status) in [([] as Scopes, 403), (.modelsRead, 200), (.metrics, 403)] {
        try await gateway.gateway.keeper.change(user.id) { (user) throws(RecordError) in user.scopes = scopes
        }
        #expect(try await Self.statuses(token, gateway) == [status])
      }
    }
  }

  @Test func otherKeysOfTheIssuerLookAgain() async throws {
    try await withIssuer { scene in
      let issuer = try #require(scene.gateway.gateway.services.issuer)
      let token = scene.issuer.token(IssuerScene.anna)
      #expect(try await Self.statuses(token, scene.gateway) == [200])
      scene.issuer.use([.p256])
      // It is not known yet that the issuer has taken the key away.
      #expect(try await Self.statuses(token, scene.gateway) == [200])
      let past = MonotonicTime.now + (.zero - IssuerKeys.pause)
      issuer.state.withLock { state in
        guard let document = state.keys.document(at: .now), let keys = state.keys.keys(at: .now) else {
          return
        }
        let generation = state.keys.generation
        state.keys = IssuerKeys()
        #expect(state.keys.decide(.use, at: past) == .askAndWait)
        state.keys.learn(document, keys, at: past)
        #expect(state.keys.generation == generation)
      }
      #expect(try await Self.statuses(scene.issuer.token(IssuerScene.anna), scene.gateway) == [200])
      #expect(issuer.generation == 2)
      #expect(try await Self.statuses(token, scene.gateway) == [401])
    }
  }
}
