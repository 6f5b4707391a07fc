import Testing

@testable import Access

@Suite struct OriginPolicyTests {
  private let policy = OriginPolicy(allowed: [])
  private let host = Authority("localhost:10200")

  private func isAllowed(_ origin: String, _ policy: OriginPolicy, host: Authority? = nil) -> Bool {
    policy.decide(origin: origin, host: host) == .allowed(origin: origin)
  }

  @Test(arguments: [
    "http://localhost", "http://localhost:3000", "https://localhost:8443", "http://127.0.0.1:5173",
    "http://127.3.2.1",
    "http://[::1]:8080", "http://app.localhost:10200", "HTTP://LOCALHOST:3000", "http://0.0.0.0",
    "https://0.0.0.0:8443", "app://-", "app://.", "app://obsidian.md", "tauri://localhost", "TAURI://x",
    "file://",
    "vscode-webview://0k2mq9r3c7v5b1n8", "vscode-file://vscode-app",
  ])
  func loopbackPagesAreFine(_ origin: String) { #expect(isAllowed(origin, policy, host: host)) }

  @Test(arguments: [
    "https://evil.com", "http://localhost.evil.com", "http://127.0.0.1.evil.com", "http://evil.com:10200",
    "http://evillocalhost", "ftp://localhost", "apps://x", "chrome-extension://abcdef",
    "http://0.0.0.1", "files://", "x-file://a",
    "http://192.168.1.5",
  ])
  func foreignPagesAreRefusedWithTheOptionNamed(_ origin: String) throws {
    guard case .refused(let why) = policy.decide(origin: origin, host: host) else {
      Issue.record("\(origin) was not refused")
      return
    }
    #expect(why.contains("--allowed-origin \(try #require(Origin(origin))) "))
  }

  @Test(arguments: [
    "", " ", "null", "localhost", "//localhost", "http:/localhost", "http://", "http://localhost/",
    "http://localhost ",
    " http://localhost", "http://localhost:3000/path", "http://evil.com@localhost",
    "http://localhost:80@evil.com",
    "http://localhost#", "http://localhost?", "http://localhost http://evil.com",
    "http://localhost,http://evil.com",
    "http://local\u{0}host", "http://localhost:99999", "http://127.1", "http://[::1", "1http://localhost",
    "javascript:alert(1)", "http://[fe80::1%25eth0]", "https://", "app:x", "file:/", "file:// ",
  ])
  func whatIsNoOriginIsRefused(_ origin: String) {
    guard case .refused = policy.decide(origin: origin, host: host) else {
      Issue.record("\(origin) was not refused")
      return
    }
  }

  @Test func aHugeOriginIsRefused() {
    let huge = "http://" + String(repeating: "a.", count: 100_000) + "localhost"
    #expect(!isAllowed(huge, policy))
    #expect(!isAllowed(huge, OriginPolicy(allowed: [.any])))
  }

  @Test(arguments: [
    ("http://chat.example.org", "chat.example.org", true),
    ("https://chat.example.org", "chat.example.org", true),
    ("https://chat.example.org", "Chat.Example.Org.", true),
    ("https://chat.example.org", "chat.example.org:443", true),
    ("https://chat.example.org:8443", "chat.example.org:8443", true),
    ("http://192.168.1.5:10200", "192.168.1.5:10200", true),
    ("https://chat.example.org:8443", "chat.example.org", false),
    ("http://chat.example.org", "chat.example.org:10200", false),
    ("http://chat.example.org", "chat.example.org:443", false),
    ("http://evil.org", "chat.example.org", false),
    ("http://chat.example.org.evil.com", "chat.example.org", false),
    ("ws://chat.example.org", "chat.example.org", false),
  ])
  func thePageOfTheHostItselfIsFine(_ origin: String, _ host: String, _ allowed: Bool) {
    #expect(isAllowed(origin, policy, host: Authority(host)) == allowed)
  }

  @Test func withoutOriginFetchMetadataDecides() {
    #expect(policy.decide(origin: nil, host: host) == .noOrigin)
    for site in ["same-origin", "same-site", "none"] {
      #expect(policy.decide(origin: nil, host: host, fetchSite: site, fetchMode: "no-cors") == .noOrigin)
    }
    #expect(
      policy.decide(origin: nil, host: host, fetchSite: "cross-site", fetchMode: "navigate") == .noOrigin)
    for mode in ["no-cors", "cors", "websocket", nil] {
      guard
        case .refused(let why) = policy.decide(
          origin: nil, host: host, fetchSite: "cross-site", fetchMode: mode)
      else {
        Issue.record("cross-site was let in with mode \(mode ?? "none")")
        continue
      }
      #expect(why.contains("--allowed-origin"))
    }
    let open = OriginPolicy(allowed: [.any])
    #expect(open.decide(origin: nil, host: host, fetchSite: "cross-site", fetchMode: "no-cors") == .noOrigin)
  }

  @Test("Patterns add origins to those that are let in anyway") func patternsAdd() throws {
    let patterns = try [
      "https://chat.example.org", "https://*.lab.example", "http://10.0.0.7:*", "tauri://localhost",
      "chrome-extension://*", "capacitor://", "own://*",
    ].map { try #require(OriginPattern($0)) }
    let policy = OriginPolicy(allowed: patterns)
    for origin in [
      "https://chat.example.org", "https://CHAT.example.org:443", "https://a.b.lab.example",
      "http://10.0.0.7:81",
      "http://10.0.0.7", "tauri://localhost", "chrome-extension://kbpgddbgniojgndnhlkjbkpknjhppkbk",
      "capacitor://", "own://", "own://x",
    ] { #expect(isAllowed(origin, policy), "\(origin)") }
    for origin in [
      "http://chat.example.org", "https://chat.example.org:8443", "https://lab.example",
      "https://evillab.example",
      "https://a.lab.example:8443", "https://10.0.0.7", "capacitor://x", "null",
    ] { #expect(!isAllowed(origin, policy), "\(origin)") }
  }

  @Test func starAllowsEvenNullButNothingThatForgesAHeader() {
    let policy = OriginPolicy(allowed: [.any])
    for origin in ["null", "https://evil.com", "file://", "odd:thing"] { #expect(isAllowed(origin, policy)) }
    for origin in ["", "a b", "a\r\nX: y", "é"] { #expect(!isAllowed(origin, policy)) }
  }
}

@Suite struct OriginPatternTests {
  @Test(arguments: [
    ("*", "*"), ("HTTPS://Chat.example.org", "https://chat.example.org"),
    ("https://chat.example.org:443", "https://chat.example.org"), ("http://a:8080", "http://a:8080"),
    ("http://[::1]:8080", "http://[::1]:8080"), ("http://[::1]", "http://[::1]"),
    ("http://a:*", "http://a:*"),
    ("https://*.example.org:8443", "https://*.example.org:8443"), ("app://*", "app://*"),
    ("chrome-extension://abc", "chrome-extension://abc"), ("file://*", "file://*"), ("FILE://", "file://"),
  ])
  func readsAndWrites(_ text: String, _ canonical: String) throws {
    let pattern = try #require(OriginPattern(text))
    #expect(pattern.description == canonical)
    #expect(OriginPattern(canonical) == pattern)
  }

  @Test(
    "What is no pattern of origins is refused",
    arguments: [
      "", "null", "chat.example.org", "https://", "https://chat.example.org/", "https://a b", "https://a:b",
      "https://a:70000", "https://a:+80", "https://*example.org", "*://example.org", "https://u@example.org",
      "http://::1", "http://::1:80", "http://[::1",
    ])
  func refusesOthers(_ text: String) { #expect(OriginPattern(text) == nil) }
}
