import Glibc
import System

/// A TCP proxy in front of a port of 127.0.0.1 that breaks connections off (RST).
///
/// Each connection has two threads that copy bytes, and each end its own: it works as the network does, and knows
/// nothing of what it carries.
final class CuttingProxy: Sendable {
  let port: UInt16
  private let target: UInt16
  private let listener: Int32
  private let state: Lock<State>

  private struct State {
    /// For each connection to come: after how many bytes for the client it is cut. Those after the last are not cut.
    var cuts: [Int]
    var pairs: [Pair] = []
    var cutCount = 0
    var isClosed = false
  }

  /// Both sockets of a connection, closed by whichever thread lets go of it last.
  private final class Pair: Sendable {
    let client: Int32
    let server: Int32

    init(client: Int32, server: Int32) {
      self.client = client
      self.server = server
    }

    deinit {
      close(client)
      close(server)
    }

    /// Lets both ends see a reset, now that of the client and by closing it that of the server.
    func cut() {
      var option = linger(l_onoff: 1, l_linger: 0)
      for socket in [client, server] {
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        shutdown(socket, Int32(SHUT_RDWR))
      }
    }
  }

  init?(to target: UInt16, cuts: [Int] = []) {
    self.target = target
    state = Lock(State(cuts: cuts))
    // A program that another test starts would take it for its own.
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    listener = socket
    var address = Self.address(port: 0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, length) == 0 && listen(socket, 8) == 0 && getsockname(socket, $0, &length) == 0
      }
    }
    port = UInt16(bigEndian: address.sin_port)
    guard isListening else { return nil }
    Self.thread { [self] in accept() }
  }

  /// Connections that were cut so far.
  var cutCount: Int { state.withLock { $0.cutCount } }

  /// Ends everything.
  func stop() {
    let pairs = state.withLock { state in
      state.isClosed = true
      return state.pairs
    }
    shutdown(listener, Int32(SHUT_RDWR))
    for pair in pairs { pair.cut() }
    state.withLock { $0.pairs = [] }
  }

  private func accept() {
    while case let client = Glibc.accept(listener, nil, nil), client >= 0 {
      let server = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
      var address = Self.address(port: target)
      _ = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      let pair = Pair(client: client, server: server)
      let (limit, isClosed) = state.withLock { state -> (Int?, Bool) in
        state.pairs.append(pair)
        return (state.cuts.isEmpty ? nil : state.cuts.removeFirst(), state.isClosed)
      }
      if isClosed { pair.cut() }
      Self.thread { [self] in copy(pair, from: pair.client, to: pair.server, limit: nil) }
      Self.thread { [self] in copy(pair, from: pair.server, to: pair.client, limit: limit) }
    }
    close(listener)
  }

  private func copy(_ pair: Pair, from source: Int32, to sink: Int32, limit: Int?) {
    var bytes = [UInt8](repeating: 0, count: 16 * 1024)
    var left = limit ?? .max
    while left > 0, case let count = recv(source, &bytes, min(bytes.count, left), 0), count > 0 {
      left -= count
      var sent = 0
      while sent < count {
        let taken = bytes.withUnsafeBytes {
          send(sink, $0.baseAddress! + sent, count - sent, Int32(MSG_NOSIGNAL))
        }
        guard taken > 0 else { break }
        sent += taken
      }
    }
    if left == 0 { state.withLock { $0.cutCount += 1 } }
    pair.cut()
    state.withLock { state in state.pairs.removeAll { $0 === pair } }
  }

  private static func address(port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    address.sin_port = port.bigEndian
    return address
  }

  private final class Start: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  private static func thread(_ body: @escaping @Sendable () -> Void) {
    let reference = Unmanaged.passRetained(Start(body)).toOpaque()
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { reference in
        Unmanaged<Start>.fromOpaque(reference!).takeRetainedValue().body()
        return nil
      }, reference)
    precondition(status == 0, "pthread_create: \(status)")
    pthread_detach(thread)
  }
}
