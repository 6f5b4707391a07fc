internal import CLinux
internal import Glibc

/// Whose process has connected to a UNIX socket, as the kernel has noted it at that moment (unix(7), `SO_PEERCRED`).
///
/// Users and groups that have no number in the gateway's own user namespace all have ``unmapped``.
struct PeerCredentials: Equatable {
  var user: UInt32
  /// The primary group.
  var group: UInt32
  /// The supplementary groups.
  var groups: [UInt32]

  /// What stands for each user and group that a user namespace does not know (user_namespaces(7)), as that of a service with
  /// `PrivateUsers=` knows but its own and root's. Debian also calls it nobody and nogroup.
  static let unmapped: UInt32 = 65534

  init(user: UInt32, group: UInt32, groups: [UInt32]) {
    self.user = user
    self.group = group
    self.groups = groups
  }

  /// Those of the peer of a connected UNIX socket. Nil where the kernel does not tell.
  init?(of descriptor: Int32) {
    var (user, group): (UInt32, UInt32) = (0, 0)
    guard clinux_peer_credentials(descriptor, &user, &group) == 0,
      let groups = PeerCredentials.groups(of: descriptor)
    else { return nil }
    self.init(user: user, group: group, groups: groups)
  }

  /// Linux allows a process 65,536 of them (`NGROUPS_MAX`); the kernel says how much room they need.
  private static func groups(of descriptor: Int32) -> [UInt32]? {
    var groups = [UInt32](repeating: 0, count: 64)
    for _ in 0..<2 {
      var size = socklen_t(groups.count * MemoryLayout<UInt32>.stride)
      if clinux_peer_groups(descriptor, &groups, &size) == 0 {
        return Array(groups.prefix(Int(size) / MemoryLayout<UInt32>.stride))
      }
      let needed = Int(size) / MemoryLayout<UInt32>.stride
      guard errno == ERANGE, needed > groups.count, needed <= 65_536 else { return nil }
      groups = [UInt32](repeating: 0, count: needed)
    }
    return nil
  }
}
