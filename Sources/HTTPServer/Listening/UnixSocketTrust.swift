internal import CLinux
internal import Glibc

/// Which peers of a UNIX socket are proxies whose word is believed: root, the gateway's own user, and who is in the group of
/// the socket's file. The others may have got in by a mode that lets everybody in.
struct UnixSocketTrust: Equatable {
  /// The user that the gateway runs as.
  let ownUser: UInt32
  /// The group of the socket's file; nil for a socket without a file.
  let group: UInt32?

  init(ownUser: UInt32, group: UInt32?) {
    self.ownUser = ownUser
    self.group = group
  }

  /// That of the socket whose file is at `path`.
  init(path: String) {
    var status = stat()
    // The name of an abstract socket begins with `@` here, and is no path.
    let hasFile = path.hasPrefix("/") && stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
    self.init(ownUser: geteuid(), group: hasFile ? status.st_gid : nil)
  }

  /// Whether a peer is believed. Numbers that stand for many (``PeerCredentials/unmapped``) show nothing.
  func includes(_ peer: PeerCredentials) -> Bool {
    if peer.user == 0 { return true }
    if peer.user == ownUser && ownUser != PeerCredentials.unmapped { return true }
    guard let group, group != PeerCredentials.unmapped else { return false }
    return peer.group == group || peer.groups.contains(group)
  }
}
