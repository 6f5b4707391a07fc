import Budgets
import EventLoop
import GatewayTesting
import HTTPFields
import System
import Testing

@testable import HTTPServer

/// An ``HTTPServer`` on a loop and a free port of 127.0.0.1 of its own, with a handler of the test's.
actor TestServer {
  /// Responds to a request, on the server's loop.
  typealias Handler = @Sendable (ServerExchange) -> Void

  /// What the server has told its delegate.
  struct Record: Sendable {
    var began = 0
    var ended = 0
    /// Exchanges that ended before the client had the whole response.
    var cutOff = 0
    var refusals: [Int] = []
    var warnings: [String] = []
  }

  nonisolated let loop: EventLoop
  nonisolated let port: UInt16
  nonisolated let record = Lock(Record())
  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
  private let socket: ListeningSocket
  private var server: HTTPServer!
  private var delegate: Delegate?

  init() throws {
    loop = try EventLoop(name: "server")
    socket = try ListeningSocket(.tcp(host: "127.0.0.1", port: 0))
    guard case .tcp(_, let port) = socket.address else { preconditionFailure("\(socket.address)") }
    self.port = port
  }

  /// - Parameter clients: where the connections of 127.0.0.1 count; nowhere by default.
  func start(_ limits: HTTPServerLimits, clients: ClientAccounts? = nil, _ handler: @escaping Handler) throws
  {
    server = try HTTPServer(loop: loop, limits: limits)
    delegate = Delegate(record: record, clients: clients, handler: handler)
    server.delegate = delegate
    try server.listen(on: socket)
  }

  var connectionCount: Int { server.connectionCount }

  var daemonCount: Int { server.daemonCount }

  /// Refused connections that are still open.
  var refusedCount: Int { server.refused.count }

  /// What collected bodies hold.
  var bodyBytes: Int { server.bodyLease.used }

  /// What waits to be sent, as far as it is counted.
  var unsentBytes: Int { server.unsentLease.used }

  /// How many of these wait for their handler without being suspended.
  func awakeCount(_ exchanges: [LoopBound<ServerExchange>]) -> Int {
    exchanges.count { $0.value.awakeSince != nil }
  }

  func drain() { server.drain() }

  var awaitsRequests: Bool { server.awaitsRequests }

  func closeIdleConnections() { server.closeIdleConnections() }

  func close() { server?.close() }

  func closeSocket() { socket.close() }

  private final class Delegate: HTTPServerDelegate {
    private let record: Lock<Record>
    private let clients: ClientAccounts?
    private let handler: Handler
    /// What was delivered and has not ended: a head that the server refuses is not delivered.
    private var delivered: Set<ObjectIdentifier> = []

    init(record: Lock<Record>, clients: ClientAccounts?, handler: @escaping Handler) {
      self.record = record
      self.clients = clients
      self.handler = handler
    }

    func server(_ server: HTTPServer, accountOf peer: Peer) -> ClientAccount? {
      peer.address.flatMap { clients?.account(of: ClientNetwork($0)) }
    }

    func server(_ server: HTTPServer, didReceive exchange: ServerExchange) {
      delivered.insert(ObjectIdentifier(exchange))
      record.withLock { $0.began += 1 }
      handler(exchange)
    }

    func server(_ server: HTTPServer, responseFor refusal: ServerRefusal) -> ServerResponse {
      record.withLock { [status = refusal.status] in $0.refusals.append(status) }
      return ServerResponse(status: refusal.status, body: .bytes(Array("\(refusal.detail)\n".utf8)))
    }

    func server(_ server: HTTPServer, didEnd exchange: ServerExchange) {
      guard delivered.remove(ObjectIdentifier(exchange)) != nil else { return }
      record.withLock { [wasCutOff = exchange.wasCutOff] in
        $0.ended += 1
        if wasCutOff { $0.cutOff += 1 }
      }
    }

    func server(_ server: HTTPServer, warns message: String) {
      record.withLock { $0.warnings.append(message) }
    }
  }
}

/// Runs `body` with a server, and closes it at the end.
func withServer(
  _ handler: @escaping TestServer.Handler, limits change: (inout HTTPServerLimits) -> Void = { _ in },
  clients: ClientAccounts? = nil, run body: (TestServer) async throws -> Void
) async throws {
  ProcessFigures.raiseDescriptorLimit()
  var limits = HTTPServerLimits()
  // Met by no test by chance.
  limits.headerTimeout = .seconds(120)
  limits.sendTimeout = .seconds(120)
  limits.keepAliveTimeout = .seconds(120)
  change(&limits)
  let server = try TestServer()
  var failure: (any Error)?
  do {
    try await server.start(limits, clients: clients, handler)
    try await body(server)
  } catch {
    failure = error
  }
  await server.close()
  await server.closeSocket()
  server.loop.shutDown()
  let record = server.record.withLock { $0 }
  #expect(record.began == record.ended, "every exchange ends, at the latest with its server")
  if let failure { throw failure }
}

extension ServerResponse {
  /// 200 with this text.
  static func text(_ text: String) -> ServerResponse {
    ServerResponse(status: 200, fields: [("Content-Type", "text/plain")], body: .bytes(Array(text.utf8)))
  }
}
