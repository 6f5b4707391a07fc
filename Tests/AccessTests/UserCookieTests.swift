import HTTPFields
import System
import Testing

@testable import Access

@Suite("Cookies of users") struct UserCookieTests {
  @Test func eachIsAnother() {
    let (one, other) = (UserCookie(), UserCookie())
    #expect(one != other)
    #expect(one.text.utf8.count == 64)
    #expect(UserCookie(one.text) == one)
    #expect(one.digest != other.digest)
    #expect(!one.digest.hexadecimal.contains(one.text.prefix(8)))
  }

  @Test(arguments: UserCookie.Kind.allCases, UserCookie.Form.allCases)
  func whatIsSetIsRead(_ kind: UserCookie.Kind, _ form: UserCookie.Form) throws {
    let cookie = UserCookie()
    let setting = cookie.setting(kind, form, path: "/ai", seconds: 60)
    let pair = String(try #require(setting.split(separator: ";").first))
    #expect(UserCookie.read(kind, form, in: [("Cookie", "a=b; \(pair) ; c=d")]) == [cookie])
    #expect(setting.contains("; HttpOnly; SameSite=Lax; Max-Age=60"))
    #expect(setting.contains("; Secure") == (form != .plain))
    // None of them is another.
    for otherKind in UserCookie.Kind.allCases {
      for otherForm in UserCookie.Form.allCases where (otherKind, otherForm) != (kind, form) {
        #expect(UserCookie.read(otherKind, otherForm, in: [("Cookie", pair)]).isEmpty)
      }
    }
  }

  @Test func itsFormIsTheConnections() {
    #expect(UserCookie.Form(isSecure: true, path: "/") == .host)
    #expect(UserCookie.Form(isSecure: true, path: "/ai") == .secure)
    #expect(UserCookie.Form(isSecure: false, path: "/") == .plain)
    #expect("\(UserCookie.name(.user, .host))" == "__Host-ollama_gateway")
    #expect("\(UserCookie.name(.device, .secure))" == "__Secure-ollama_gateway_device")
    #expect(UserCookie.ending(.user, .host, path: "/").contains("Max-Age=0"))
  }

  @Test func othersAreNone() {
    let text = String(repeating: "0a", count: 32)
    #expect(UserCookie(text)?.text == text)
    let others: [String] = [
      String(text.dropLast()), text.uppercased(), text + "0", "", "zz" + text.dropFirst(2),
    ]
    for value in others {
      #expect(UserCookie.read(.user, .plain, in: [("Cookie", "ollama_gateway_user=\(value)")]).isEmpty)
    }
  }

  @Test func manyAreNotAllLookedAt() {
    let cookies = (0..<10).map { _ in UserCookie() }
    let field = cookies.map { "ollama_gateway_user=\($0.text)" }.joined(separator: "; ")
    #expect(UserCookie.read(.user, .plain, in: [("Cookie", field)]) == Array(cookies.prefix(4)))
  }
}

@Suite("Pages of the gateway's own") struct OwnPageTests {
  private static func hasSent(
    _ origin: String?, _ site: String? = nil, host: String? = "chat.example.org", isSecure: Bool = true
  ) -> Bool {
    OwnPage.hasSent(
      origin: origin, fetchSite: site, host: host.flatMap { Authority($0) }, isSecure: isSecure)
  }

  @Test func theHostsOwn() {
    #expect(Self.hasSent("https://chat.example.org"))
    #expect(Self.hasSent("https://CHAT.example.org:443"))
    #expect(Self.hasSent("http://localhost:10200", host: "localhost:10200", isSecure: false))
    #expect(Self.hasSent(nil, "same-origin"))
    #expect(Self.hasSent("https://chat.example.org", "same-origin"))
  }

  @Test(arguments: [
    "https://evil.example", "http://chat.example.org", "https://chat.example.org:8443", "null", "",
    "https://sub.chat.example.org", "https://example.org", "tauri://chat.example.org",
    "https://chat.example.org.evil.example", "https://chat.example.org/",
  ]) func othersAreNot(_ origin: String) {
    #expect(!Self.hasSent(origin))
    // What the other field says does not make up for it.
    #expect(!Self.hasSent(origin, "same-origin"))
  }

  /// The host may be what the page has written.
  @Test(arguments: ["same-site", "cross-site", "none", ""]) func bothFieldsMustSayIt(_ site: String) {
    #expect(!Self.hasSent("https://chat.example.org", site))
  }

  @Test func withoutFieldsOfABrowserNothingIsKnown() {
    #expect(!Self.hasSent(nil))
    for site in ["same-site", "cross-site", "none", "", "SAME-ORIGIN"] { #expect(!Self.hasSent(nil, site)) }
    #expect(!Self.hasSent("https://chat.example.org", host: nil))
    #expect(!Self.hasSent("http://localhost:3000", host: "localhost:10200", isSecure: false))
  }

  @Test func methodsThatChangeNothing() {
    for method in ["GET", "HEAD", "OPTIONS"] { #expect(OwnPage.isSafe(method)) }
    for method in ["POST", "PUT", "PATCH", "DELETE", "TRACE", "get"] { #expect(!OwnPage.isSafe(method)) }
  }
}
