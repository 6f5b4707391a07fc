import System
import Testing

@testable import Access

@Suite struct BelievedClientTests {
  private static let proxies = TrustedProxies([IPNetwork("127.0.0.1")!, IPNetwork("10.0.0.0/8")!])

  private static func believed(_ peer: String?, _ list: String?) -> BelievedClient {
    let way = list.map { ForwardedFor(Array($0.utf8).span, trusting: proxies) }
    return BelievedClient(peer: peer.map { IPAddress($0)! }, way: way, trusting: proxies)
  }

  @Test(arguments: ["192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1", "10.0.0.1"])
  func aStrangerIsThePeer(peer: String) {
    #expect(Self.believed(peer, nil) == .address(IPAddress(peer)!))
  }

  @Test(arguments: [nil, "127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] as [String?])
  func aPeerOfThisMachineIsHere(peer: String?) {
    #expect(Self.believed(peer, nil) == .thisMachine)
    #expect(Self.believed(peer, "") == .thisMachine, "a proxy that adds nothing seems to be the client")
    #expect(Self.believed(peer, "127.0.0.1") == .thisMachine)
    #expect(Self.believed(peer, "::1, 127.0.0.1") == .thisMachine)
  }

  /// The peer is a trusted proxy of this machine or another.
  @Test(
    arguments: [nil, "127.0.0.1", "10.0.0.1"] as [String?],
    [
      ("192.0.2.1", .address(.v4(0xC000_0201))), ("198.51.100.7, 192.0.2.1", .address(.v4(0xC000_0201))),
      ("192.0.2.1, 10.0.0.2", .address(.v4(0xC000_0201))),
      ("2001:db8::7", .address(.v6(0x2001_0DB8_0000_0000, 7))),
      // A trusted proxy's own address, and lists that end in nothing.
      ("10.0.0.7", .unknown), ("127.0.0.1, 10.0.0.7", .unknown), ("unknown, 10.0.0.7", .unknown),
    ] as [(String, BelievedClient)])
  func aTrustedProxySaysWho(peer: String?, word: (list: String, client: BelievedClient)) {
    #expect(Self.believed(peer, word.list) == word.client)
  }

  /// A proxy of this machine that is not trusted, or a tunnel that ends here: whoever comes by it is anywhere. Nobody is trusted over TCP, as
  /// where the UNIX socket is, or another one of this machine.
  @Test(
    arguments: [nil, "127.0.0.2"] as [String?],
    [
      "203.0.113.9, 127.0.0.1", "203.0.113.9, ::1", "203.0.113.9, 127.0.0.1:4711", "10.0.0.7, 127.0.0.1",
      "127.0.0.1, 127.0.0.1", "::1, ::ffff:127.0.0.1", "unknown, 127.0.0.1", ", 127.0.0.1",
    ])
  func whatStandsBeforeALoopbackHopIsAProxys(peer: String?, list: String) {
    for networks in [[], ["127.0.0.2"], ["10.0.0.0/8"]] {
      let proxies = TrustedProxies(networks.map { IPNetwork($0)! })
      let way = ForwardedFor(Array(list.utf8).span, trusting: proxies)
      #expect(BelievedClient(peer: peer.map { IPAddress($0)! }, way: way, trusting: proxies) == .unknown)
    }
  }

  /// A proxy of this machine whose client is here.
  @Test(
    arguments: [nil, "127.0.0.2"] as [String?], ["127.0.0.1", "::1", "127.0.0.3:80", "127.0.0.1, 127.0.0.2"])
  func aLoopbackClientAloneIsHere(peer: String?, list: String) {
    let proxies = TrustedProxies([IPNetwork("127.0.0.2")!])
    let way = ForwardedFor(Array(list.utf8).span, trusting: proxies)
    #expect(BelievedClient(peer: peer.map { IPAddress($0)! }, way: way, trusting: proxies) == .thisMachine)
  }

  @Test(arguments: ["", "unknown", "_hidden", "192.0.2.1,"])
  func aProxyOfAnotherMachineThatDoesNotSayWho(list: String) {
    #expect(Self.believed("10.0.0.1", list) == .unknown)
  }
}
