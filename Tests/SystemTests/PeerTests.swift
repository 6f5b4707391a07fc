import Glibc
import Testing

@testable import System

@Suite struct PeerTests {
  private func storage<Address>(_ address: Address) -> sockaddr_storage {
    var storage = sockaddr_storage()
    withUnsafeMutableBytes(of: &storage) { target in
      withUnsafeBytes(of: address) { target.copyMemory(from: $0) }
    }
    return storage
  }

  private func v4(_ bits: UInt32, port: UInt16) -> sockaddr_storage {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = bits.bigEndian
    return storage(address)
  }

  private func v6(_ upper: UInt64, _ lower: UInt64, port: UInt16) -> sockaddr_storage {
    var address = sockaddr_in6()
    address.sin6_family = sa_family_t(AF_INET6)
    address.sin6_port = port.bigEndian
    withUnsafeMutableBytes(of: &address.sin6_addr) {
      $0.storeBytes(of: upper.bigEndian, as: UInt64.self)
      $0.storeBytes(of: lower.bigEndian, toByteOffset: 8, as: UInt64.self)
    }
    return storage(address)
  }

  @Test func readsWhatAcceptTells() {
    var told = v4(0xC000_0201, port: 5000)
    #expect(Peer(of: &told) == .ip(.v4(0xC000_0201), port: 5000))
    told = v6(0x2001_0DB8_0000_0000, 1, port: 65535)
    #expect(Peer(of: &told) == .ip(.v6(0x2001_0DB8_0000_0000, 1), port: 65535))
    // An IPv4 client of a socket that takes both.
    told = v6(0, 0xFFFF_C000_0201, port: 1)
    #expect(Peer(of: &told) == .ip(.v4(0xC000_0201), port: 1))
    told = sockaddr_storage()
    told.ss_family = sa_family_t(AF_UNIX)
    #expect(Peer(of: &told) == .unix)
    #expect(Peer(of: &told).address == nil)
  }

  @Test func isWrittenAsLogsHaveIt() {
    #expect(Peer.ip(.v4(0x7F00_0001), port: 80).description == "127.0.0.1:80")
    #expect(Peer.ip(.v4(0), port: 0).description == "0.0.0.0:0")
    #expect(Peer.ip(.v6(0, 1), port: 65535).description == "[::1]:65535")
    #expect(Peer.unix.description == "unix")
    let longest = Peer.ip(.v6(.max, .max), port: 65535).description
    #expect(longest == "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535")
    #expect(longest.utf8.count <= Peer.longestText)
  }

  @Test func listenersAreReadAsWell() {
    var told = v6(0, 0, port: 443)
    #expect(SocketAddress(of: &told, length: 28) == .tcp(host: "::", port: 443))
    told = v4(0x7F00_0001, port: 80)
    #expect(SocketAddress(of: &told, length: 16) == .tcp(host: "127.0.0.1", port: 80))
    told = sockaddr_storage()
    told.ss_family = sa_family_t(AF_APPLETALK)
    #expect(SocketAddress(of: &told, length: 16) == nil)
  }
}
