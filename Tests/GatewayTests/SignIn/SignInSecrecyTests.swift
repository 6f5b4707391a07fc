import Access
import Configuration
import GatewayTesting
import System
import Testing

@testable import Gateway
@testable import SignIn

/// Passwords, tokens and cookies are for who has them: the log, the metrics and others' responses hold none.
@Suite(.serialized) struct SignInSecrecyTests {
  @Test func nothingTellsThem() async throws {
    let link = "MARKEDLINK5f0c1d2e3b4a59687786f5e4d3c2b1a0"
    try await withUsers({ $0.logLevel = .trace }) { gateway, _ in
      try await gateway.makeUser("ann", password: "Marked-Horse-9!") {
        $0.verification = UserRecord.Link(
          digest: SignInDesk.digest(of: link), validUntil: Timestamp.now.adding(.seconds(60)))
      }
      var ann = Visitor(gateway)
      let tokens = try await ann.login("ann", "Marked-Horse-9!").json
      _ = try await ann.signIn("ann", "Marked-Horse-9!")
      _ = try await ann.get("/api/v1/auth/me", .bearer(tokens["access_token"]))
      let wrong = try await ann.login("ann", "Marked-Wrong-7")
      let refused = try await ann.request(
        "POST", "/api/v1/auth/refresh", json: #"{"refresh_token":"MARKEDREFRESH"}"#)
      let bad = try await ann.get("/api/v1/auth/verify-email/MARKEDLINKTHATISNONE0123456789")
      _ = try await ann.get("/api/v1/auth/verify-email/\(link)")
      let changed = try await ann.change(
        "POST", "/api/v1/auth/password",
        json: #"{"current_password":"Marked-Horse-9!","new_password":"Marked-Staple-8!"}"#)
      #expect(changed.status == 200)
      let metrics = try await ann.get("/metrics", try await gateway.administratorKey())
      let secrets =
        ["Marked-", "MARKED", "$2b$"] + ann.cookies.values
        + [tokens["access_token"].string ?? "?", tokens["refresh_token"].string ?? "?"]
      for secret in secrets {
        #expect(!gateway.log.contains(secret), "the log has a secret")
        for response in [wrong, refused, bad, changed, metrics] {
          #expect(!response.text.contains(secret), "a response has a secret")
        }
      }
    }
  }
}
