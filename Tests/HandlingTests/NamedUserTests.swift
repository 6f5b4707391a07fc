import Access
import HTTPFields
import System
import Testing

@testable import Handling

/// Whom a key names that acts for others.
@Suite struct NamedUserTests {
  private func key(_ change: (inout KeyRecord) -> Void) -> Principal {
    let text = KeyText()
    var record = KeyRecord(
      id: text.id, name: "k", secret: text.secret, createdAt: Timestamp(millisecondsSince1970: 0))
    change(&record)
    return Grant(record, team: nil).principal
  }

  @Test func aKeyWithLeaveNamesItsUser() throws {
    let principal = key { $0.mayActForUsers = true }
    let named = try NamedUser.principal(principal, in: [("X-OpenWebUI-User-Id", "u-1")])
    let key = try #require(principal.grant?.key?.id)
    #expect(named.id == UserName("u-1").map { .keyUser(key, $0) })
    #expect(named.grant === principal.grant && named.scopes == principal.scopes)
    #expect(try NamedUser.principal(principal, in: []).id == principal.id)
  }

  @Test func othersDoNot() throws {
    for principal in [key { _ in }, Principal(.thisMachine, scopes: .anonymous)] {
      #expect(try NamedUser.principal(principal, in: [("X-OpenWebUI-User-Id", "u-1")]).id == principal.id)
    }
    let shared = Principal(.everybody, scopes: [], grant: key { $0.mayActForUsers = true }.grant)
    #expect(try NamedUser.principal(shared, in: [("X-OpenWebUI-User-Id", "u-1")]).id == .everybody)
  }

  /// A key's text would stand in accounts and lists, alone or within a longer name.
  @Test(arguments: [
    "", "no name", "\u{E9}", String(repeating: "n", count: 129), KeyText().text, "u-1/\(KeyText().text)",
  ])
  func whatIsNoName(_ text: String) {
    let principal = key { $0.mayActForUsers = true }
    #expect(throws: RequestFailure.self) {
      try NamedUser.principal(principal, in: [("X-OpenWebUI-User-Id", text)])
    }
  }
}
