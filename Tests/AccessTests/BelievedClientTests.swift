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

  @Test(arguments: ["", "unknown", "_hidden", "192.0.2.1,"])
  func aProxyOfAnotherMachineThatDoesNotSayWho(list: String) {
    #expect(Self.believed("10.0.0.1", list) == .unknown)
  }
}
