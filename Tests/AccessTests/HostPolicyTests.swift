import System
import Testing

@testable import Access

@Suite struct HostPolicyTests {
  private let loopback = HostPolicy(listening: [.v4(0x7F00_0001)], hostname: "box", allowed: [])

  private func isAllowed(_ host: String?, _ policy: HostPolicy) -> Bool {
    if case .allowed = policy.decide(host) { true } else { false }
  }

  @Test(arguments: [
    "localhost", "localhost:10200", "LocalHost:80", "localhost.", "chat.localhost:10200", "127.0.0.1",
    "127.0.0.1:1",
    "127.8.9.10", "[::1]", "[::1]:10200", "[::ffff:127.0.0.1]:10200",
  ])
  func loopbackNamesAreFine(_ host: String) { #expect(isAllowed(host, loopback)) }

  @Test func noHostIsFine() { #expect(loopback.decide(nil) == .allowed(nil)) }

  @Test(arguments: [
    "evil.com", "evil.com:10200", "localhost.evil.com", "127.0.0.1.evil.com", "evillocalhost",
    "localhost.localdomain",
    "192.168.1.5", "0.0.0.0:10200", "[::]", "[fe80::1]", "box", "box.local", "box:10200", "128.0.0.1",
  ])
  func othersAreRefusedWithTheOptionNamed(_ host: String) throws {
    guard case .refused(let why) = loopback.decide(host) else {
      Issue.record("\(host) was not refused")
      return
    }
    let name = try #require(Authority(host)).host
    #expect(why.contains("--allowed-host \(name) "))
  }

  @Test(arguments: [
    "", " ", "localhost ", "evil.com@localhost", "localhost:1:2", "127.0.0.1.", "2130706433", "[::1%lo]",
    "localhost, evil.com", "localhost\u{7f}",
  ])
  func malformedIsSaidSo(_ host: String) {
    guard case .malformed = loopback.decide(host) else {
      Issue.record("\(host) was not found malformed")
      return
    }
  }

  @Test func aWildcardListenerTakesAddressesAndTheMachinesNames() {
    for unspecified in [IPAddress.v4(0), .v6(0, 0)] {
      let policy = HostPolicy(listening: [unspecified], hostname: "Box.lan.example", allowed: [])
      for host in [
        "192.168.1.5:10200", "[2001:db8::7]", "box.lan.example", "BOX:10200", "box.local", "localhost",
      ] {
        #expect(isAllowed(host, policy), "\(host)")
      }
      for host in ["evil.com", "box.evil.com", "lan.example", "evil.local.com"] {
        #expect(!isAllowed(host, policy), "\(host)")
      }
    }
  }

  @Test func aListeningAddressIsItsOwnHost() throws {
    let policy = HostPolicy(
      listening: [try #require(IPAddress("192.168.1.5"))], hostname: "box", allowed: [])
    #expect(isAllowed("192.168.1.5:10200", policy))
    #expect(isAllowed("box", policy))
    #expect(isAllowed("192.168.1.6", policy), "as a private one")
    #expect(!isAllowed("203.0.113.6", policy))
  }

  /// What a network calls its machines and containers, and nobody on the Internet can be called.
  @Test(arguments: [
    "ollama", "ollama:10200", "my_container", "box.local", "Printer.LOCAL.", "host.docker.internal",
    "a.b.internal",
    "x.localhost", "10.1.2.3", "172.16.0.1:80", "172.31.255.255", "192.168.7.7", "169.254.1.1", "127.0.0.1",
    "[fd00::1]", "[fc12::1]:80", "[fe80::1]", "[::ffff:10.0.0.1]",
  ])
  func beyondLoopbackTheNetworksNamesAreFine(_ host: String) throws {
    let open = [
      HostPolicy(listening: [try #require(IPAddress("203.0.113.5"))], hostname: nil, allowed: []),
      HostPolicy(
        listening: [.v4(0x7F00_0001), try #require(IPAddress("192.168.1.5"))], hostname: nil, allowed: []),
    ]
    for policy in open { #expect(isAllowed(host, policy)) }
    let name = try #require(Authority(host)).host
    #expect(isAllowed(host, loopback) == name.isLoopback)
    #expect(isAllowed(host, HostPolicy(listening: [], hostname: nil, allowed: [])) == name.isLoopback)
  }

  @Test(arguments: [
    "evil.com", "local.evil.com", "evillocal.com", "internal.com", "a.internals", "172.15.0.1", "172.32.0.1",
    "11.0.0.1", "192.169.0.1", "169.253.1.1", "[2001:db8::1]", "[fec0::1]", "[fe00::1]", "8.8.8.8", "0.0.0.0",
  ])
  func othersAreNot(_ host: String) throws {
    let policy = HostPolicy(listening: [try #require(IPAddress("203.0.113.5"))], hostname: nil, allowed: [])
    #expect(!isAllowed(host, policy))
  }

  @Test func anOddHostnameOfTheMachineCountsForNothing() {
    let policy = HostPolicy(listening: [.v4(0)], hostname: "not a.name.example", allowed: [])
    #expect(!isAllowed("a.name.example", policy))
  }

  @Test("Patterns add hosts to those that are served anyway") func patternsAdd() throws {
    let patterns = try ["Chat.Example.org", "*.lab.example", "10.0.0.7", "[2001:db8::1]"].map {
      try #require(HostPattern($0))
    }
    let policy = HostPolicy(listening: [.v4(0x7F00_0001)], hostname: nil, allowed: patterns)
    for host in [
      "chat.example.org", "chat.example.org.:443", "a.lab.example", "a.b.lab.example:1", "10.0.0.7:2",
      "[2001:DB8:0::1]:10200",
    ] { #expect(isAllowed(host, policy), "\(host)") }
    for host in [
      "example.org", "x.chat.example.org", "lab.example", "evillab.example", "a.lab.example.evil.com",
      "10.0.0.8",
    ] { #expect(!isAllowed(host, policy), "\(host)") }
  }

  @Test func starAllowsEveryHostButNotNonsense() {
    let policy = HostPolicy(listening: [], hostname: nil, allowed: [.any])
    #expect(isAllowed("evil.com", policy))
    #expect(!isAllowed("evil com", policy))
  }
}

@Suite struct HostPatternTests {
  @Test(arguments: [
    ("*", "*"), ("chat.example.org.", "chat.example.org"), ("*.Example.org", "*.example.org"),
    ("10.0.0.7", "10.0.0.7"),
    ("::1", "[::1]"), ("[::1]", "[::1]"),
  ])
  func readsAndWrites(_ text: String, _ canonical: String) throws {
    let pattern = try #require(HostPattern(text))
    #expect(pattern.description == canonical)
    #expect(HostPattern(canonical) == pattern)
  }

  @Test(
    "What is no pattern of hosts is refused",
    arguments: [
      "", "**", "*.", "*.*", "*example.org", "a.*.org", "example.org:80", "example.org:", "[::1]:80",
      "*.10.0.0.7",
      "http://example.org", "exa mple", "*.example.org:80", "a,b",
    ])
  func refusesOthers(_ text: String) { #expect(HostPattern(text) == nil) }
}
