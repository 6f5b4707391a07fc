import HTTPFields
import System
import Testing

@testable import Access

/// In which order the proofs of who asks count.
@Suite struct AuthenticatorTests {
  private let authenticator = Authenticator(sharesSessions: false)
  private let address = IPAddress("203.0.113.1")

  private func id(_ fields: FieldSection, isOnThisMachine: Bool = false) -> Principal.ID {
    authenticator.principal(showing: fields, at: address, isOnThisMachine: isOnThisMachine, scopes: .chat).id
  }

  private func cookie() throws -> String {
    let line = try #require(authenticator.newCookie(for: [], path: "/", isSecure: false))
    return String(line.prefix { $0 != ";" })
  }

  @Test func theStrongestProofCounts() throws {
    let token = authenticator.makeToken()
    let cookie = try cookie()
    let both: FieldSection = [("Cookie", cookie), ("X-Session-Token", token)]
    #expect(id([]) == .address(address))
    #expect(id([], isOnThisMachine: true) == .thisMachine)
    #expect(id(both) == id([("X-Session-Token", token)]))
    #expect(id(both, isOnThisMachine: true) == id(both))
    #expect(id([("Cookie", cookie)], isOnThisMachine: true) == .thisMachine)
    guard case .cookie = id([("Cookie", cookie)]), case .token = id(both) else {
      Issue.record("a proof counts for nothing")
      return
    }
  }

  @Test func anothersProofIsNone() {
    let foreign = Authenticator(sharesSessions: false).makeToken()
    #expect(id([("X-Session-Token", foreign)]) == .address(address))
    #expect(id([("X-Session-Token", authenticator.makeToken().uppercased())]) == .address(address))
  }

  @Test func whoHasACookieKeepsIt() throws {
    let cookie = try cookie()
    #expect(authenticator.newCookie(for: [("Cookie", cookie)], path: "/", isSecure: false) == nil)
    let other = try #require(authenticator.newCookie(for: [], path: "/ai", isSecure: true))
    #expect(other.hasSuffix("; Path=/ai; Secure; HttpOnly; SameSite=Lax"))
  }

  @Test("Where sessions are shared, all are one, and may do what each may")
  func allAreOne() {
    let shared = Authenticator(sharesSessions: true)
    let fields: FieldSection = [("X-Session-Token", shared.makeToken())]
    for scopes in [Scopes.chat, [.chat, .admin]] {
      let principal = shared.principal(showing: fields, at: address, isOnThisMachine: false, scopes: scopes)
      #expect(principal.id == .everybody)
      #expect(principal.scopes == scopes)
    }
    #expect(shared.newCookie(for: [], path: "/", isSecure: false) == nil)
  }
}
