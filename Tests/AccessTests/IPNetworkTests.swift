import System
import Testing

@testable import Access

@Suite struct IPNetworkTests {
  @Test(arguments: [
    ("10.0.0.0/8", "10.0.0.0/8"), ("0.0.0.0/0", "0.0.0.0/0"), ("192.0.2.7", "192.0.2.7/32"),
    ("192.0.2.7/32", "192.0.2.7/32"), ("192.0.2.6/31", "192.0.2.6/31"), ("2001:DB8:0::/32", "2001:db8::/32"),
    ("::1", "::1/128"), ("::/0", "::/0"), ("fe80::/64", "fe80::/64"),
    ("2001:db8::8000:0:0:0/65", "2001:db8:0:0:8000::/65"),
    ("::ffff:10.0.0.0/104", "10.0.0.0/8"), ("::ffff:0:0/96", "0.0.0.0/0"),
    ("::ffff:192.0.2.7", "192.0.2.7/32"),
  ])
  func readsAndWritesCanonically(_ text: String, _ canonical: String) throws {
    let network = try #require(IPNetwork(text))
    #expect(network.description == canonical)
    #expect(IPNetwork(canonical) == network)
  }

  @Test(arguments: [
    "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/08", "10.0.0.0/8/8",
    "10.0.0.0/8 ", " 10.0.0.0/8", "10.0.0.0/255.0.0.0", "10.0.0.0/٨", "10.0.0.1/8", "10.0.0.1/0", "10/8",
    "2001:db8::/129", "2001:db8::1/64", "[2001:db8::]/32", "fe80::1%eth0", "::ffff:10.0.0.0/95",
    "::ffff:10.0.0.0/8",
    "::ffff:10.0.0.1/104", "localhost", "unix", "*", "10.0.0.0/999999999999999999999",
  ])
  func refusesWhatIsNoNetwork(_ text: String) { #expect(IPNetwork(text) == nil) }

  @Test(arguments: [
    (
      "10.0.0.0/8", ["10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3"],
      ["9.255.255.255", "11.0.0.0", "::", "a00::"]
    ),
    ("192.0.2.6/31", ["192.0.2.6", "192.0.2.7"], ["192.0.2.5", "192.0.2.8"]),
    ("192.0.2.7", ["192.0.2.7"], ["192.0.2.6", "::c000:207"]),
    ("0.0.0.0/0", ["0.0.0.0", "255.255.255.255", "::ffff:1.2.3.4"], ["::", "::1"]),
    ("::/0", ["::", "ffff::ffff"], ["0.0.0.0", "127.0.0.1", "::ffff:127.0.0.1"]),
    ("2001:db8::/32", ["2001:db8::", "2001:db8:ffff::ffff"], ["2001:db7::", "2001:db9::", "32.1.13.184"]),
    ("fe80::/64", ["fe80::", "fe80::ffff:ffff:ffff:ffff"], ["fe80:0:0:1::", "fe81::"]),
    (
      "fe80::8000:0:0:0/65", ["fe80::8000:0:0:0", "fe80::ffff:0:0:1"],
      ["fe80::7fff:0:0:0", "fe80:0:0:1:8000::"]
    ),
    ("::1", ["::1"], ["::", "::2", "1::1", "127.0.0.1"]),
  ])
  func holdsItsAddressesAndNoOthers(_ text: String, inside: [String], outside: [String]) throws {
    let network = try #require(IPNetwork(text))
    for address in inside {
      #expect(network.contains(try #require(IPAddress(address))), "\(text) \(address)")
    }
    for address in outside {
      #expect(!network.contains(try #require(IPAddress(address))), "\(text) \(address)")
    }
  }

  /// Every length against a comparison of the bits one by one.
  @Test("Prefixes of every length match as their bits do") func everyLength() throws {
    let base = try #require(IPAddress("2001:db8:a5a5:5a5a:1234:5678:9abc:def0"))
    guard case .v6(let upper, let lower) = base else { return }
    for length in 0...128 {
      let masked = IPAddress.v6(
        upper & ~(length >= 64 ? 0 : ~0 >> length), lower & ~(length <= 64 ? ~0 : ~0 >> (length - 64)))
      let network = try #require(IPNetwork("\(masked)/\(length)"))
      #expect(network.contains(base))
      for bit in 0..<128 {
        let other = IPAddress.v6(
          upper ^ (bit < 64 ? 1 << (63 - bit) : 0), lower ^ (bit < 64 ? 0 : 1 << (127 - bit)))
        #expect(network.contains(other) == (bit >= length), "/\(length), bit \(bit)")
      }
    }
  }
}
