internal import Budgets
internal import CLinux
internal import EventLoop
internal import Glibc
public import System

/// Takes connections from one listening socket for one server.
final class Acceptor {
  private unowned let server: HTTPServer
  private let socket: ListeningSocket
  private var watch: Watch?
  private var pause: LoopTimer?

  /// Connections taken in one tick: few, so that another loop gets its share of a burst.
  private static let burst = 16
  /// How long to leave the backlog alone when the process has no descriptors left.
  private static let pauseTime = Duration.milliseconds(100)

  init(server: HTTPServer, socket: ListeningSocket) throws(SystemCallError) {
    self.server = server
    self.socket = socket
    pause = server.loop.makeTimer { [unowned self] in goOn() }
    try start()
  }

  func stop() {
    watch?.cancel()
    watch = nil
    pause?.cancel()
    pause = nil
  }

  private func start() throws(SystemCallError) {
    watch = try server.loop.watch(socket.descriptor, for: [.readable, .exclusive]) { [unowned self] _ in
      acceptBurst()
    }
  }

  private func goOn() {
    do {
      try start()
    } catch {
      // Short of kernel memory or watches: no reason to give up for good.
      pause?.schedule(after: Acceptor.pauseTime)
    }
  }

  private func acceptBurst() {
    for _ in 0..<Acceptor.burst {
      var storage = sockaddr_storage()
      var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
      do {
        guard let descriptor = try accept(&storage, &length) else { return }
        admit(
          AcceptedConnection(
            descriptor: descriptor, address: storage, addressLength: length, trust: socket.trust))
      } catch  where [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(error.code) {
        server.warn("no connections are accepted for a moment: \(error)")
        watch?.cancel()
        watch = nil
        pause?.schedule(after: Acceptor.pauseTime)
        return
      } catch {
        // The client has given up before its connection was taken (ECONNABORTED and the like): accept(2).
      }
    }
  }

  private func accept(
    _ storage: inout sockaddr_storage, _ length: inout socklen_t
  ) throws(SystemCallError) -> Int32? {
    return try withUnsafeMutablePointer(to: &storage) { storage throws(SystemCallError) in
      try storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address throws(SystemCallError) in
        try systemCall("accept4") { clinux_accept(socket.descriptor, address, &length) }
      }
    }
  }

  private func admit(_ connection: AcceptedConnection) {
    if let account = server.account(of: connection.peer) {
      guard let hold = ClientHold.take(.connection, of: account) else {
        return refuse(connection, 429, "too many connections of one client")
      }
      connection.hold = hold
    }
    switch server.limits.connections.take(for: server.place) {
    case .keep: server.add(connection)
    case .handOver(let adopt): adopt(connection)
    case .refuse: refuse(connection, 503, "too many connections")
    }
  }

  private func refuse(_ connection: AcceptedConnection, _ status: Int, _ detail: String) {
    let refusal = ServerRefusal(status: status, detail: detail, exchange: nil)
    server.refused.refuse(connection.takeDescriptor(), with: server.response(for: refusal))
  }
}

extension HTTPServer {
  /// Takes connections from `socket`, which must outlive ``drain()``.
  public func listen(on socket: ListeningSocket) throws(SystemCallError) {
    precondition(!isDraining, "the server is going down")
    acceptors.append(try Acceptor(server: self, socket: socket))
  }

  /// Lets other servers hand connections over.
  func joinBudget() -> Int {
    // Held until ``ConnectionBudget/leave(_:)``, at the latest when the server closes: what is left of it then may go on
    // any thread.
    let bound = LoopBound(self, to: loop)
    let loop = loop
    return limits.connections.join { connection in
      loop.execute { bound.value.add(connection) }
    }
  }
}
