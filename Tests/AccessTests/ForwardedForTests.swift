import System
import Testing

@testable import Access

@Suite struct ForwardedForTests {
  private func read(_ list: String, trusting networks: [String] = ["10.0.0.0/8", "2001:db8::/32"]) throws
    -> ForwardedFor
  {
    let proxies = TrustedProxies(try networks.map { try #require(IPNetwork($0)) })
    return ForwardedFor(list.utf8Span.span, trusting: proxies)
  }

  /// The rightmost address that is no trusted proxy.
  @Test(arguments: [
    ("203.0.113.9", "203.0.113.9", 1), ("  203.0.113.9\t", "203.0.113.9", 1),
    ("203.0.113.9, 10.0.0.2", "203.0.113.9", 2),
    ("203.0.113.9,10.0.0.2 ,10.0.0.3", "203.0.113.9", 3), ("127.0.0.1, 203.0.113.9", "203.0.113.9", 1),
    ("127.0.0.1, 10.0.0.9, 203.0.113.9, 10.0.0.2", "203.0.113.9", 2),
    ("nonsense, 203.0.113.9", "203.0.113.9", 1),
    (",,, 203.0.113.9", "203.0.113.9", 1), ("10.0.0.1, 10.0.0.2", "10.0.0.1", 2), ("10.0.0.1", "10.0.0.1", 1),
    ("203.0.113.9:4711", "203.0.113.9", 1), ("[2001:db9::1]:4711, 10.0.0.2:1", "2001:db9::1", 2),
    ("[2001:db9::1]", "2001:db9::1", 1), ("2001:db9::1", "2001:db9::1", 1),
    ("2001:db9::1, 2001:db8::5", "2001:db9::1", 2),
    ("203.0.113.9, ::ffff:10.0.0.2", "203.0.113.9", 2),
  ])
  func findsTheClient(_ list: String, _ client: String, hops: Int) throws {
    let way = try read(list)
    #expect(way.client?.description == client)
    #expect(way.isComplete && way.hops.count == hops)
    #expect(way.hops.first == way.client)
  }

  /// Whether the client is the first of the list.
  @Test(arguments: [
    ("203.0.113.9", false), ("203.0.113.9, 10.0.0.2", false), ("10.0.0.1, 10.0.0.2", false),
    ("127.0.0.1, 203.0.113.9", true), ("unknown, 203.0.113.9, 10.0.0.2", true), (",203.0.113.9", true),
  ])
  func saysWhetherSomethingStandsBeforeTheClient(_ list: String, _ hasMore: Bool) throws {
    #expect(try read(list).hasMore == hasMore)
  }

  /// What is no address ends the walk, and who is to the right of it is a proxy.
  @Test(arguments: [
    ("", []), (" ", []), (",", []), ("203.0.113.9,", []), ("unknown", []), ("unix:", []),
    ("_hidden, 10.0.0.2", ["10.0.0.2"]),
    ("203.0.113.9, for=1, 10.0.0.2, 10.0.0.3", ["10.0.0.2", "10.0.0.3"]), ("203.0.113.9 10.0.0.2", []),
    ("203.0.113.9, , 10.0.0.2", ["10.0.0.2"]), ("localhost", []), ("203.0.113.999", []),
    ("2001:db9::1%eth0", []),
    ("203.0.113.9;10.0.0.2", []), ("\u{0}", []), ("203.0.113.9\u{e9}", []),
  ])
  func stopsAtWhatIsNoAddress(_ list: String, hops: [String]) throws {
    let way = try read(list)
    #expect(way.client == nil && !way.isComplete)
    #expect(way.hops.map(\.description) == hops)
  }

  @Test func withNobodyTrustedTheLastEntryIsTheClient() throws {
    let way = try read("10.0.0.1, 10.0.0.2", trusting: [])
    #expect(way.client?.description == "10.0.0.2")
    #expect(way.hops.count == 1)
  }

  @Test func readsSoManyAndNoMore() throws {
    let proxies = Array(repeating: "10.0.0.1", count: ForwardedFor.longest - 1)
    #expect(try read((["203.0.113.9"] + proxies).joined(separator: ",")).client?.description == "203.0.113.9")
    let tooMany = try read((["203.0.113.9", "10.0.0.1"] + proxies).joined(separator: ","))
    #expect(tooMany.client == nil)
    #expect(tooMany.hops.count == ForwardedFor.longest)
    let huge = try read(String(repeating: "10.0.0.1,", count: 100_000) + "10.0.0.1")
    #expect(huge.hops.count == ForwardedFor.longest && huge.client == nil)
  }

  @Test func noListTellsNothing() {
    #expect(ForwardedFor().client == nil)
    #expect(ForwardedFor().hops.isEmpty)
  }
}
