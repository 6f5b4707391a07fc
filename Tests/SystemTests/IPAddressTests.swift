import Glibc
import Testing

@testable import System

@Suite struct IPAddressTests {
  @Test(arguments: [
    ("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"), ("::", "::"),
    ("::1", "::1"), ("2001:DB8::1", "2001:db8::1"), ("2001:db8:0:0:0:0:0:1", "2001:db8::1"),
    ("1:0:0:2:0:0:0:3", "1:0:0:2::3"), ("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"), ("fe80::", "fe80::"),
    ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
    ("::ffff:127.0.0.1", "127.0.0.1"), ("::ffff:7f00:1", "127.0.0.1"),
    ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
  ])
  func readsAndWritesCanonically(_ text: String, _ canonical: String) throws {
    let address = try #require(IPAddress(text))
    #expect(address.description == canonical)
    #expect(IPAddress(canonical) == address)
  }

  @Test(arguments: [
    "", "1", "127.1", "127.0.0", "127.0.0.1.", "127.0.0.1.1", "0127.0.0.1", "127.0.0.01", "256.0.0.1",
    "1.2.3.4 ",
    " 1.2.3.4", "1..2.3", "0x7f.0.0.1", ":", ":::", "1", ":1", "1:", "::1::", "1::2::3", "12345::", "::g",
    "[::1]",
    "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "fe80::1%eth0", "::1.2.3", "::1.2.3.4:5",
    "1.2.3.4::",
    "1:2:3:4:5:6:7:1.2.3.4", "١.٢.٣.٤",
  ])
  func refusesWhatIsNoAddress(_ text: String) { #expect(IPAddress(text) == nil) }

  /// The C library's inet_pton is the reference for texts made of the grammar's own characters.
  @Test func agreesWithTheCLibrary() {
    var random = SplitMix(state: 42)
    let alphabet = Array("0123456789abcdefF:::::...".utf8)
    var accepted = 0
    for _ in 0..<200_000 {
      let count = Int(random.next() % 18) + 1
      let text = String(decoding: (0..<count).map { _ in alphabet[Int(random.next() % 25)] }, as: UTF8.self)
      var buffer = [UInt8](repeating: 0, count: 16)
      let family = text.contains(":") ? AF_INET6 : AF_INET
      let isAddress = inet_pton(family, text, &buffer) == 1
      let address = IPAddress(text)
      #expect((address != nil) == isAddress, "\(text)")
      guard isAddress, let address else { continue }
      accepted += 1
      // An IPv4-mapped address is held as IPv4: its last four bytes.
      let size = address.bytes.count
      #expect(address.bytes == Array(buffer[(family == AF_INET6 ? 16 - size : 0)...].prefix(size)), "\(text)")
    }
    #expect(accepted > 500)
  }

  @Test func knowsLoopbackAndUnspecified() throws {
    for text in ["127.0.0.1", "127.255.0.3", "::1", "::ffff:127.9.9.9"] {
      #expect(try #require(IPAddress(text)).isLoopback)
    }
    for text in ["128.0.0.1", "126.255.255.255", "::2", "::", "0.0.0.0", "1::1"] {
      #expect(try !#require(IPAddress(text)).isLoopback)
    }
    #expect(IPAddress("0.0.0.0")?.isUnspecified == true)
    #expect(IPAddress("::")?.isUnspecified == true)
    #expect(IPAddress("0.0.0.1")?.isUnspecified == false)
  }
}

/// A seeded generator, so that a failure comes back.
private struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }
}
