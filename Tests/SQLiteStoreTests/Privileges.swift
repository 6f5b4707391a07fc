import Glibc

/// What the tests may do on this machine: some need more than a user has, or less than root.
enum Privileges {
  /// Runs a program as somebody who owns nothing.
  static let asNobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

  /// Whether file systems can be mounted in a namespace of one's own, as root outside of a container can.
  static let canMount = succeeds("unshare -m mount -t tmpfs tmpfs /tmp")

  /// Whether StoreProgram runs as somebody else, and so does not own what it opens: root does, if others may enter its folder.
  static let isOwnerOrRunsAsNobody: Bool = {
    guard geteuid() == 0 else { return true }
    guard let process = try? StoreProcess(["open", "", "service"], under: asNobody) else { return false }
    return process.line()?.hasPrefix("unusable: ") == true
  }()

  private static func succeeds(_ command: String) -> Bool {
    guard let pipe = popen("\(command) 2>/dev/null", "r") else { return false }
    return pclose(pipe) == 0
  }
}
