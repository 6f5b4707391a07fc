internal import CLinux
internal import Glibc
public import System

/// A socket that takes connections, shared by the servers of all loops. ``close()`` ends it, once.
public struct ListeningSocket: Sendable {
  /// Where it listens, with the real port.
  public let address: SocketAddress
  let descriptor: Int32
  /// Whether the socket's file goes with it: not that of a socket which somebody else has made.
  private let ownsFile: Bool
  /// Which peers are believed when they say for whom they ask; nil where that goes by their addresses.
  let trust: UnixSocketTrust?

  /// Bytes that the kernel takes for a client beyond what is on the way to it (tcp(7)). Its send buffer grows to
  /// megabytes otherwise, and a reader that stands still would hold them.
  static let unsentLimit: Int32 = 128 * 1024

  /// Why a listening socket cannot be made, in one sentence.
  public struct ListenError: Error, CustomStringConvertible {
    public let description: String
  }

  /// Binds and listens: a host name is bound at its first address.
  ///
  /// A UNIX socket's file that nobody listens at (left by a crash) is replaced; its mode is 0660.
  ///
  /// - Parameter group: the name of the group that a UNIX socket's file gets, if there is such a group and this process may
  ///   give files to it; else the file is the process's own group's.
  public init(_ address: SocketAddress, group: String? = nil) throws(ListenError) {
    ownsFile = true
    do throws(SystemCallError) {
      switch address {
      case .tcp(let host, let port):
        let (descriptor, port) = try ListeningSocket.bindTCP(host: host, port: port, isIPv6Only: true)
        self.descriptor = descriptor
        self.address = .tcp(host: host, port: port)
      case .any(let port):
        let (descriptor, port) = try ListeningSocket.bindAny(port: port)
        self.descriptor = descriptor
        self.address = .any(port: port)
      case .unix(let path):
        descriptor = try ListeningSocket.bindUNIX(path: path, group: group)
        self.address = address
      }
      trust = ListeningSocket.trust(at: address)
    } catch {
      throw ListenError(description: "cannot listen on \(address): \(error)")
    }
  }

  /// Takes over a socket that listens already: a service manager has made it.
  init(takingOver descriptor: Int32, at address: SocketAddress) {
    self.descriptor = descriptor
    self.address = address
    ownsFile = false
    trust = ListeningSocket.trust(at: address)
  }

  /// Stops listening. Connections that nobody has accepted are reset, unless somebody else has the socket open as well.
  /// The file of a UNIX socket is removed, unless the socket was taken over.
  public func close() {
    Glibc.close(descriptor)
    if case .unix(let path) = address, ownsFile { unlink(path) }
  }

  /// Where the kernel has no IPv6, every address is every IPv4 address.
  private static func bindAny(port: UInt16) throws(SystemCallError) -> (Int32, UInt16) {
    do throws(SystemCallError) {
      return try bindTCP(host: "::", port: port, isIPv6Only: false)
    } catch  where error.code == EAFNOSUPPORT || error.code == EADDRNOTAVAIL {
      return try bindTCP(host: "0.0.0.0", port: port, isIPv6Only: true)
    }
  }

  private static func bindTCP(
    host: String, port: UInt16, isIPv6Only: Bool
  ) throws(SystemCallError) -> (Int32, UInt16) {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
    var list: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host, String(port), &hints, &list)
    guard status == 0, let info = list?.pointee else {
      throw SystemCallError(
        call: "getaddrinfo (\(String(cString: gai_strerror(status))))", code: EADDRNOTAVAIL)
    }
    defer { freeaddrinfo(list) }
    let descriptor = try makeSocket(info.ai_family)
    do throws(SystemCallError) {
      try set(descriptor, SOL_SOCKET, SO_REUSEADDR, to: 1)
      // Accepted sockets inherit it.
      try set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, to: 1)
      try set(descriptor, Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, to: ListeningSocket.unsentLimit)
      if info.ai_family == AF_INET6 {
        try set(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, to: isIPv6Only ? 1 : 0)
      }
      try systemCall("bind") { bind(descriptor, info.ai_addr, info.ai_addrlen) }
      try systemCall("listen") { listen(descriptor, 4096) }
      return (descriptor, try boundPort(descriptor))
    } catch {
      Glibc.close(descriptor)
      throw error
    }
  }

  private static func trust(at address: SocketAddress) -> UnixSocketTrust? {
    if case .unix(let path) = address { UnixSocketTrust(path: path) } else { nil }
  }

  private static func bindUNIX(path: String, group: String?) throws(SystemCallError) -> Int32 {
    guard path.utf8.count <= SocketAddress.longestPath else {
      throw SystemCallError(call: "bind", code: ENAMETOOLONG)
    }
    let descriptor = try makeSocket(AF_UNIX)
    do throws(SystemCallError) {
      try SocketAddress.withSocketAddress(path: path) { pointer, length throws(SystemCallError) in
        removeAbandoned(path: path, pointer, length)
        try systemCall("bind") { bind(descriptor, pointer, length) }
      }
      // Nobody can connect before listen(2), whatever the umask has let through.
      if let group { giveFile(at: path, to: group) }
      try systemCall("chmod") { chmod(path, 0o660) }
      try systemCall("listen") { listen(descriptor, 4096) }
      return descriptor
    } catch {
      Glibc.close(descriptor)
      throw error
    }
  }

  /// Does nothing where there is no such group, or the process may not.
  private static func giveFile(at path: String, to group: String) {
    var entry = Glibc.group()
    var found: UnsafeMutablePointer<Glibc.group>?
    // Room for a group with thousands of members.
    var buffer = [CChar](repeating: 0, count: 64 * 1024)
    guard getgrnam_r(group, &entry, &buffer, buffer.count, &found) == 0, found != nil else { return }
    _ = chown(path, uid_t.max, entry.gr_gid)
  }

  /// Removes the file of a socket that refuses connections; one that somebody listens at stays, and bind fails.
  private static func removeAbandoned(
    path: String, _ address: UnsafePointer<sockaddr>, _ length: socklen_t
  ) {
    let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    guard probe >= 0 else { return }
    defer { Glibc.close(probe) }
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return }
    if connect(probe, address, length) != 0 && errno == ECONNREFUSED { unlink(path) }
  }

  private static func makeSocket(_ family: Int32) throws(SystemCallError) -> Int32 {
    let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    return try systemCall("socket") { socket(family, type, 0) }!
  }

  static func set(
    _ descriptor: Int32, _ level: Int32, _ option: Int32, to value: Int32
  ) throws(SystemCallError) {
    var value = value
    try systemCall("setsockopt") {
      setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }
  }

  private static func boundPort(_ descriptor: Int32) throws(SystemCallError) -> UInt16 {
    var storage = sockaddr_storage()
    try systemCall("getsockname") {
      var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
      return withUnsafeMutablePointer(to: &storage) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
      }
    }
    return withUnsafeBytes(of: &storage) {
      // The port stands at the same place in both families.
      UInt16(bigEndian: $0.load(fromByteOffset: 2, as: UInt16.self))
    }
  }
}
