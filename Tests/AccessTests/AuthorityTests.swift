import Testing

@testable import Access

@Suite struct AuthorityTests {
  @Test(
    "An authority is read into its canonical form",
    arguments: [
      ("localhost", "localhost"), ("LOCALHOST:10200", "localhost:10200"), ("localhost.", "localhost"),
      ("localhost.:80", "localhost:80"), ("localhost:", "localhost"), ("127.0.0.1:10200", "127.0.0.1:10200"),
      ("[::1]:10200", "[::1]:10200"), ("[::1]", "[::1]"), ("[0:0::1]:", "[::1]"),
      ("[::ffff:127.0.0.1]", "127.0.0.1"),
      ("a-b_c.Example.ORG:65535", "a-b_c.example.org:65535"), ("x:0", "x:0"), ("0x7g", "0x7g"), ("1a", "1a"),
      ("3.example", "3.example"), ("xn--bcher-kva.example", "xn--bcher-kva.example"),
    ])
  func readsCanonically(_ text: String, _ canonical: String) throws {
    let authority = try #require(Authority(text))
    #expect(authority.description == canonical)
    #expect(Authority(canonical) == authority)
  }

  @Test(arguments: [
    "", ".", "..", ":", ":10200", " localhost", "localhost ", "local host", "localhost\t", "user@localhost",
    "localhost@evil.com", "localhost:10200@evil.com", "localhost:x", "localhost:-1", "localhost:65536",
    "localhost:0000010200", "localhost:80:80", "localhost/", "localhost/evil", "http://localhost",
    "localhost,evil.com",
    "localhost#x", "localhost?x", "localhost\\evil", "local%68ost", "a..b", ".localhost", "localhost..",
    "127.1", "1",
    "127.0.0.1.", "0x7f.0.0.1", "0x7f000001", "2130706433", "1.2.3.4.5", "evil.0x1", "0x", "::1", "[::1",
    "::1]",
    "[127.0.0.1]", "[::1]x", "[::1]]", "[fe80::1%eth0]", "[fe80::1%25eth0]:10200", "[]", "[]:80",
    "[localhost]", "*",
    "*.example.org", "bücher.example", "ｌocalhost", "localhost\u{0}", "localhost\r\nX: y",
  ])
  func refusesWhatIsNoAuthority(_ text: String) { #expect(Authority(text) == nil) }

  @Test func boundsNamesAndLabels() {
    let label = String(repeating: "a", count: 63)
    #expect(Authority(label) != nil)
    #expect(Authority(label + "a") == nil)
    let longest = [label, label, label, String(repeating: "b", count: 61)].joined(separator: ".")
    #expect(longest.utf8.count == 253)
    #expect(Authority(longest + ".:10200") != nil)
    #expect(Authority(longest + "b") == nil)
    #expect(Authority(String(repeating: "a.", count: 500_000)) == nil)
  }
}
