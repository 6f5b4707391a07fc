import System
import Testing

@testable import Access

/// By what names stores know principals.
@Suite struct PrincipalNameTests {
  private static let principals: [Principal.ID] = [
    .everybody, .thisMachine, .token(Credential(high: 1, low: 2).digest),
    .cookie(Credential(high: .max, low: 0).digest), .address(IPAddress("192.0.2.1")),
    .address(IPAddress("2001:db8::1")), .address(nil), .key(KeyID("0123456789Az")!),
    .user(UserID(1)!), .user(UserID(.init(999_999_999_999_999_999))!),
    .proxyUser(UserName("ann@example.org")!),
    .keyUser(KeyID("0123456789Az")!, UserName("1")!),
    .keyUser(KeyID("0123456789Az")!, UserName("a/user:b@c")!),
    .formerUser(UserName("user:7")!),
  ]

  @Test(arguments: principals) func readsBack(_ principal: Principal.ID) {
    #expect(Principal.ID(storedName: principal.storedName) == principal)
  }

  @Test func areAllDifferent() {
    let names = Self.principals.map(\.storedName)
    #expect(Set(names).count == names.count)
    #expect(names.filter { $0.hasPrefix(Principal.ID.storedAddressPrefix) }.count == 3)
  }

  /// The FIPS 180-4 digest of the 16 bytes, and nothing of the credential.
  @Test func haveDigestsOfSecrets() {
    #expect(
      Principal.ID.token(Credential(high: 0, low: 0).digest).storedName
        == "token:374708fff7719dd5979ec875d56cd2286f6d3cf7ec317a3b25632aab28ec37bb")
  }

  @Test(
    arguments: [
      "", "nobody", "Everybody", "token:", "token:00", "cookie:" + String(repeating: "F", count: 64),
      "address:x", "loopback ", "token:" + String(repeating: "0", count: 65), "user:", "user:a b", "user:ann",
      "user:0", "user:07", "user:-1", "user:9999999999999999999", "proxy/user:",
      "proxy/user:é", "former/user:a b", "proxy/", "former/ann",
      "key:", "key:0123456789A", "key:0123456789Azz", "key:0123456789A-",
      "key:0123456789Az/user:", "key:0123456789Az/user:a b", "key:0123456789Az/", "key:0123456789A/user:ann",
      "key:0123456789Azuser:ann",
    ])
  func refuses(_ name: String) { #expect(Principal.ID(storedName: name) == nil) }
}
