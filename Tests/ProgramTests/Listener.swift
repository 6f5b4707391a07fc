import Glibc

/// A listening socket of the test's own, closed at its end.
final class Listener {
  private let descriptor: Int32
  /// The port that the kernel chose; 0 for a Unix socket.
  let port: UInt16

  /// Listens at 127.0.0.1.
  init?() {
    let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    descriptor = socket
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let isListening = Self.listen(socket, &address)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isNamed = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &size) == 0 }
    }
    port = UInt16(bigEndian: address.sin_port)
    guard isListening, isNamed else { return nil }
  }

  /// Listens at a path.
  init?(path: String) {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    port = 0
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    guard Self.listen(descriptor, &address) else { return nil }
  }

  deinit { close(descriptor) }

  /// Waits for a connection, takes it, and leaves it open without a response.
  func accept() -> Connection { Connection(Glibc.accept(descriptor, nil, nil)) }

  /// Connects to a port of 127.0.0.1.
  static func connect(port: UInt16) -> Connection? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    address.sin_port = port.bigEndian
    let isConnected = withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    let connection = Connection(descriptor)
    return isConnected ? connection : nil
  }

  /// One connected socket, closed at its end.
  final class Connection {
    private let descriptor: Int32
    init(_ descriptor: Int32) { self.descriptor = descriptor }
    deinit { close(descriptor) }

    /// What has come so far, at least one byte unless the peer has closed.
    func receive() -> String {
      String(unsafeUninitializedCapacity: 4096) { max(0, recv(descriptor, $0.baseAddress, $0.count, 0)) }
    }

    func send(_ text: String) { _ = Glibc.send(descriptor, text, text.utf8.count, Int32(MSG_NOSIGNAL)) }
  }

  private static func listen<Address>(_ descriptor: Int32, _ address: inout Address) -> Bool {
    let size = socklen_t(MemoryLayout<Address>.size)
    return withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) == 0 }
    } && Glibc.listen(descriptor, 8) == 0
  }
}
