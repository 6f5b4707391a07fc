import Access
import Accounts
import AccessStorage
import Configuration
import GatewayTesting
import System
import Testing

@testable import Gateway
@testable import Handling

/// Wrong passwords, and who is shut out by them.
@Suite(.serialized) struct SignInLockTests {
  @Test func guessesLockWhereTheyComeFrom() async throws {
    try await withUsers({ $0.trustTheTest() }) { gateway, _ in
      try await gateway.makeUser("ann", password: Visitor.password)
      let thief = Visitor(gateway, ["X-Forwarded-For": "203.0.113.1"])
      let ann = Visitor(gateway, ["X-Forwarded-For": "203.0.113.2"])
      let tokens = try await ann.login("ann").json
      for name in ["ann", "nobody"] {
        for _ in 0..<4 { #expect(try await thief.login(name, "Wrong-Horse-9").status == 401) }
        let fifth = try await thief.login(name, "Wrong-Horse-9")
        #expect(fifth.status == 403)
        #expect(
          fifth.json["detail"]
            == "Account locked due to multiple failed login attempts. Try again in 30 minutes.")
        // The right one as well.
        let later = try await thief.login(name)
        #expect(later.status == 403)
        #expect(
          later.json["detail"].string?.wholeMatch(
            of: #/Account locked until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}\+00:00/#) != nil)
      }
      // Her sign-in, and her token, go on.
      #expect(try await ann.login("ann").status == 200)
      #expect(try await thief.get("/api/v1/auth/me", .bearer(tokens["access_token"])).status == 200)
      // An administrator's word unlocks.
      let id = try #require(
        gateway.gateway.services.access.directory.directory.user(named: UserName("ann")!)?.user?.id)
      try await gateway.gateway.keeper.change(id) { (user) throws(RecordError) in user.unlockedAt = .now }
      #expect(try await thief.login("ann").status == 200)
    }
  }

  @Test func anAdministratorOnThisMachineIsNeverLocked() async throws {
    try await withUsers({ $0.trustTheTest() }) { gateway, _ in
      try await gateway.makeUser("root", password: Visitor.password) { $0.scopes.insert(.admin) }
      let here = Visitor(gateway)
      for _ in 0..<6 { #expect(try await here.login("root", "Wrong-Horse-9").status == 401) }
      #expect(try await here.login("root").status == 200)
      let there = Visitor(gateway, ["X-Forwarded-For": "203.0.113.1"])
      for _ in 0..<4 { #expect(try await there.login("root", "Wrong-Horse-9").status == 401) }
      #expect(try await there.login("root", "Wrong-Horse-9").status == 403)
      #expect(try await there.login("root").status == 403)
    }
  }

  @Test func manyAtOnceAreNotAllTried() async throws {
    try await withUsers({ $0.trustTheTest() }) { gateway, _ in
      try await gateway.makeUser("ann", password: Visitor.password)
      let thief = Visitor(gateway, ["X-Forwarded-For": "203.0.113.1"])
      let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<20 { group.addTask { try await thief.login("ann", "Wrong-Horse-9").status } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(statuses.allSatisfy { [401, 403, 429].contains($0) })
      // Those that found no place count as no failure, and no more than five are tried.
      var tried = statuses.count { $0 == 401 }
      while try await thief.login("ann", "Wrong-Horse-9").status == 401 { tried += 1 }
      #expect(tried <= 4)
      #expect(try await thief.login("ann").status == 403)
    }
  }

  @Test func aColleagueShutsNoKnownBrowserOut() async throws {
    try await withUsers({
      $0.trustTheTest()
      $0.allowedHosts = [HostPattern("chat.example.org")!]
    }) { gateway, _ in
      try await gateway.makeUser("ann", password: Visitor.password)
      var ann = Visitor(secure: gateway)
      let colleague = Visitor(secure: gateway)
      #expect(try await ann.signIn("ann").status == 200)
      let before = ann
      for _ in 0..<5 { _ = try await colleague.login("ann", "Wrong-Horse-9") }
      #expect(try await colleague.login("ann").status == 403)
      #expect(try await ann.signIn("ann").status == 200)
      // What the browser was known by before that sign-in counts no more, and after a sign-out everywhere nothing does.
      var old = before
      old.cookies = old.cookies.filter { $0.key.hasSuffix("_device") }
      #expect(old.cookies.count == 1)
      #expect(try await old.signIn("ann").status == 403)
      #expect(try await ann.change("DELETE", "/api/v1/auth/session?everywhere=true").status == 200)
      #expect(try await ann.signIn("ann").status == 403)
    }
  }
}
