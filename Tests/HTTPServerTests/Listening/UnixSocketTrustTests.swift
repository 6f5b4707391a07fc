import Glibc
import Testing

@testable import HTTPServer

@Suite struct UnixSocketTrustTests {
  private static let trust = UnixSocketTrust(ownUser: 999, group: 990)
  private static let unmapped = PeerCredentials.unmapped

  @Test(
    arguments: [
      (PeerCredentials(user: 0, group: 0, groups: []), true),
      (PeerCredentials(user: 999, group: 100, groups: []), true),
      (PeerCredentials(user: 33, group: 990, groups: []), true),
      (PeerCredentials(user: 33, group: 33, groups: [4, 990, 27]), true),
      (PeerCredentials(user: 33, group: 33, groups: []), false),
      (PeerCredentials(user: 33, group: 0, groups: [0]), false),
      // A user's number is no group's.
      (PeerCredentials(user: 990, group: 999, groups: [999]), false),
      (PeerCredentials(user: unmapped, group: unmapped, groups: [unmapped]), false),
      (PeerCredentials(user: unmapped, group: unmapped, groups: [unmapped, 990]), true),
    ])
  func whoIsBelieved(peer: PeerCredentials, isBelieved: Bool) {
    #expect(Self.trust.includes(peer) == isBelieved)
  }

  /// In a user namespace all strangers have one number: that of the socket's group, and even of the gateway itself.
  @Test func aNumberThatStandsForManyShowsNothing() {
    let stranger = PeerCredentials(user: Self.unmapped, group: Self.unmapped, groups: [Self.unmapped])
    #expect(!UnixSocketTrust(ownUser: 999, group: Self.unmapped).includes(stranger))
    #expect(!UnixSocketTrust(ownUser: Self.unmapped, group: Self.unmapped).includes(stranger))
    #expect(!UnixSocketTrust(ownUser: Self.unmapped, group: nil).includes(stranger))
  }

  @Test func withoutAFileThereIsNoGroup() {
    let trust = UnixSocketTrust(path: "@abstract")
    #expect(trust.group == nil && trust.ownUser == geteuid())
    #expect(UnixSocketTrust(path: "/tmp").group == nil, "no socket")
    #expect(!trust.includes(PeerCredentials(user: 33, group: 33, groups: [33])) || geteuid() == 33)
  }

  @Test func aPeerIsKnownByItsCredentials() throws {
    var pair: [Int32] = [0, 0]
    try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
    defer { for descriptor in pair { close(descriptor) } }
    let peer = try #require(PeerCredentials(of: pair[0]))
    #expect(peer.user == geteuid() && peer.group == getegid())
    var groups = [gid_t](repeating: 0, count: 65_536)
    let count = getgroups(Int32(groups.count), &groups)
    #expect(Set(peer.groups) == Set(groups.prefix(Int(count))))
  }

  /// A socket of TCP has none.
  @Test func othersHaveNone() {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    if let peer = PeerCredentials(of: descriptor) {
      #expect(peer.user == .max, "the kernel has noted nobody")
    }
  }
}
