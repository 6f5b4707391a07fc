import Access
import Accounts
import AccessStorage
import Configuration
import GatewayTesting
import System
import Testing

@testable import Gateway
@testable import Handling
@testable import SignIn

/// Links for new passwords and for e-mail addresses, which administrators pass on.
@Suite(.serialized) struct SignInLinkTests {
  private static let token = "5f0c1d2e3b4a59687786f5e4d3c2b1a05f0c1d2e3b4a59687786f5e4d3c2b1a0"

  private func link(_ seconds: Int) -> UserRecord.Link {
    UserRecord.Link(
      digest: SignInDesk.digest(of: Self.token), validUntil: Timestamp.now.adding(.seconds(seconds)))
  }

  private func confirm(
    _ visitor: Visitor, _ token: String = SignInLinkTests.token, _ password: String = "Battery-Staple-7!"
  ) async throws -> TestClient.Response {
    try await visitor.request(
      "POST", "/api/v1/auth/password-reset/confirm",
      json: #"{"token":"\#(token)","new_password":"\#(password)"}"#)
  }

  @Test func aLinkSetsAPasswordOnce() async throws {
    try await withUsers { gateway, _ in
      let link = link(3600)
      try await gateway.makeUser("ann", password: Visitor.password) { $0.reset = link }
      var ann = Visitor(gateway)
      _ = try await ann.signIn("ann")
      let wrong = try await confirm(ann, "nothing")
      #expect(wrong.status == 400 && wrong.json["detail"] == "Invalid or expired reset token")
      #expect(try await confirm(ann, Self.token, "battery-staple-7").status == 400)
      let done = try await confirm(ann)
      #expect(done.status == 200 && done.json == .object(["message": "Password successfully reset"]))
      #expect(try await confirm(ann, Self.token, "Other-Staple-8!").status == 400)
      #expect(try await ann.isSignedIn == false)
      #expect(try await ann.login("ann", "Battery-Staple-7!").status == 200)
      #expect(try await ann.login("ann").status == 401)
    }
  }

  @Test func aLinkThatHasEnded() async throws {
    try await withUsers { gateway, _ in
      let link = link(-1)
      try await gateway.makeUser("ann", password: Visitor.password) {
        $0.reset = link
        $0.verification = link
      }
      let visitor = Visitor(gateway)
      #expect(try await confirm(visitor).status == 400)
      #expect(try await visitor.get("/api/v1/auth/verify-email/\(Self.token)").status == 400)
    }
  }

  @Test func aWishIsTakenDown() async throws {
    try await withUsers { gateway, _ in
      let id = try await gateway.makeUser("ann", password: Visitor.password) { $0.email = "ann@example.org" }
        .id
      let visitor = Visitor(gateway)
      var texts: Set<String> = []
      for email in ["ann@example.org", "nobody@example.org", "ann@example.org", "a@b.de", "c@d.ef"] {
        let response = try await visitor.request(
          "POST", "/api/v1/auth/password-reset", json: #"{"email":"\#(email)"}"#)
        #expect(response.status == 200)
        texts.insert(response.text)
      }
      #expect(texts == [#"{"message":"If the email exists, a password reset link has been sent"}"#])
      let sixth = try await visitor.request(
        "POST", "/api/v1/auth/password-reset", json: #"{"email":"ann@example.org"}"#)
      #expect(sixth.status == 429 && sixth.headers["Retry-After"] != nil)
      #expect(
        sixth.json["detail"].string?.wholeMatch(of: #/Rate limit exceeded\. Try again in \d+ seconds/#) != nil
      )
      let access = gateway.gateway.services.access
      try await eventually("the wish is stored") {
        access.directory.directory.user(id)?.user?.resetAskedAt != nil
      }
      // Who signs in by his password wants no other.
      #expect(try await visitor.login("ann").status == 200)
      #expect(access.directory.directory.user(id)?.user?.resetAskedAt == nil)
    }
  }

  @Test func anAddressIsVerified() async throws {
    try await withUsers { gateway, _ in
      let link = link(3600)
      try await gateway.makeUser("ann", password: Visitor.password) {
        $0.email = "ann@example.org"
        $0.verification = link
      }
      let visitor = Visitor(gateway)
      let wrong = try await visitor.request("POST", "/api/v1/auth/verify-email/nothing")
      #expect(wrong.status == 400 && wrong.json["detail"] == "Invalid or expired verification token")
      let first = try await visitor.request("POST", "/api/v1/auth/verify-email/\(Self.token)")
      #expect(first.status == 200 && first.json["message"] == "Email successfully verified")
      let again = try await visitor.get("/api/v1/auth/verify-email/\(Self.token)")
      #expect(again.status == 200 && again.json["message"] == "Email already verified")
      let me = try await visitor.get(
        "/api/v1/auth/me", .bearer(try await visitor.login("ann").json["access_token"]))
      #expect(me.json["is_verified"] == true)
    }
  }
}
