public import Budgets
internal import CMicroHTTPD
public import EventLoop
internal import HTTPFields
public import System

/// An HTTP/1.1 server over libmicrohttpd, driven by one event loop.
///
/// It accepts connections itself and hands them to a daemon of the library: so they come from several listening sockets,
/// each is known from its first moment, and a full server can say so.
///
/// Lives on its loop's thread. ``close()`` must be called there before the last reference goes.
public final class HTTPServer {
  public let loop: EventLoop
  public private(set) var limits: HTTPServerLimits
  /// Asked for every request; set before ``listen(on:)``.
  public weak var delegate: (any HTTPServerDelegate)?
  /// Whether the server is going down: idle connections close, and each response is its connection's last.
  public private(set) var isDraining = false

  /// This loop's parts of ``HTTPServerLimits/bodyMemory`` and ``HTTPServerLimits/unsentMemory``.
  public let bodyLease: MemoryLease
  public let unsentLease: MemoryLease
  var connections: [ObjectIdentifier: ServerConnection] = [:]
  var acceptors: [Acceptor] = []
  let refused: RefusedConnections
  /// Streams that have content for their sockets, and the empty memory of the turn before.
  private var unflushed: [ResponseStream] = []
  private var flushed: [ResponseStream] = []
  /// One at least, until ``close()``.
  private var daemons: [Daemon] = []
  /// Those that are to be run before the loop sleeps, and the empty memory of the turn before.
  private var daemonsToRun: [Daemon] = []
  private var daemonsRun: [Daemon] = []
  /// Its place among the servers that share ``HTTPServerLimits/connections``.
  private(set) var place = 0
  private(set) var isClosed = false
  private var isRunning = false
  private var turnHandler: TurnHandler?

  /// Where the bytes of a connection are looked at before the library reads them, and read where they are dropped.
  let scratch: UnsafeMutableRawBufferPointer
  let headParser: RequestHeadParser

  /// On `loop`'s thread.
  ///
  /// - Throws: if the process has no descriptors or memory left.
  public init(loop: EventLoop, limits: HTTPServerLimits) throws(SystemCallError) {
    loop.preconditionCurrent()
    self.loop = loop
    self.limits = limits
    bodyLease = MemoryLease(limits.bodyMemory)
    unsentLease = MemoryLease(limits.unsentMemory)
    refused = RefusedConnections(loop: loop)
    headParser = RequestHeadParser(limits)
    scratch = .allocate(byteCount: limits.connectionMemory, alignment: 16)
    do throws(SystemCallError) {
      daemons.append(try Daemon(server: self))
    } catch {
      isClosed = true
      throw error
    }
    place = joinBudget()
    turnHandler = loop.addTurnHandler { [unowned self] in
      let isBusy = flushStreams()
      return runDaemons() || isBusy
    }
  }

  deinit {
    precondition(isClosed, "an HTTPServer is closed on its loop before it goes")
    scratch.deallocate()
  }

  var daemonCount: Int { daemons.count }

  /// Open connections.
  public var connectionCount: Int { connections.count }

  /// Replaces three time limits. They hold from the next head, body, piece of a response or rest on; those that run go on
  /// running.
  public func setTimeouts(header: Duration, send: Duration, keepAlive: Duration) {
    loop.preconditionCurrent()
    limits.headerTimeout = header
    limits.sendTimeout = send
    limits.keepAliveTimeout = keepAlive
  }

  /// Stops accepting and closes idle connections; what is being served goes on, and so do connections whose client is
  /// about to ask for something: see ``awaitsRequests``.
  public func drain() {
    isDraining = true
    limits.connections.leave(place)
    for acceptor in acceptors { acceptor.stop() }
    acceptors = []
    for connection in connections.values where connection.isIdle && !connection.isAboutToAsk {
      connection.terminate()
    }
  }

  /// Whether a client is connected that has not got to send its request.
  public var awaitsRequests: Bool { connections.values.contains(where: \.isAboutToAsk) }

  /// Closes the connections on which no request is being served.
  public func closeIdleConnections() {
    for connection in connections.values where connection.isIdle { connection.terminate() }
  }

  /// Ends all connections at once.
  public func close() {
    guard !isClosed else { return }
    drain()
    refused.close()
    for connection in connections.values { connection.terminate() }
    // A daemon with a suspended connection must not be stopped: each gets to notice its end first.
    for daemon in daemons { daemon.requestRun() }
    while runDaemons() {}
    isClosed = true
    turnHandler?.cancel()
    for daemon in daemons { daemon.stop() }
    daemons = []
    precondition(connections.isEmpty, "the daemons have left connections behind")
  }

  private func flushStreams() -> Bool {
    guard !unflushed.isEmpty else { return false }
    swap(&unflushed, &flushed)
    for stream in flushed { stream.flush() }
    flushed.removeAll(keepingCapacity: true)
    return true
  }

}

// MARK: - Daemons

extension HTTPServer {
  /// Serves a connection that has been counted.
  func add(_ arrival: AcceptedConnection) {
    do throws(SystemCallError) {
      guard !isClosed, let descriptor = arrival.descriptor else { return limits.connections.giveBack(place) }
      let connection = try ServerConnection(server: self, arrival, descriptor: descriptor)
      connections[ObjectIdentifier(connection)] = connection
    } catch {
      warn("a connection is closed, as it cannot be watched: \(error)")
      limits.connections.giveBack(place)
    }
  }

  /// Hands a connection to libmicrohttpd.
  ///
  /// - Returns: whether it began. The library has closed the socket of one that did not.
  func handToLibrary(_ connection: ServerConnection, _ arrival: AcceptedConnection) -> Bool {
    // Where there is none the arrival closes its socket itself.
    daemonWithRoom()?.add(connection, arrival) ?? false
  }

  /// The first that has room, so that what many connections have left is filled up before another daemon begins.
  private func daemonWithRoom() -> Daemon? {
    if let daemon = daemons.first(where: { $0.connectionCount < Daemon.connectionLimit }) { return daemon }
    do {
      let daemon = try Daemon(server: self)
      daemons.append(daemon)
      return daemon
    } catch {
      warn("the connections get no daemon more, and so cost more than they should: \(error)")
      return daemons.min { $0.connectionCount < $1.connectionCount }
    }
  }

  func daemonWantsRun(_ daemon: Daemon) { daemonsToRun.append(daemon) }

  /// - Returns: whether any had something to do.
  private func runDaemons() -> Bool {
    guard !daemonsToRun.isEmpty, !isClosed, !isRunning else { return false }
    isRunning = true
    defer { isRunning = false }
    swap(&daemonsToRun, &daemonsRun)
    for daemon in daemonsRun {
      daemon.run()
      if daemon.connectionCount == 0 && !daemon.wantsRun { stopUnlessNeeded(daemon) }
    }
    daemonsRun.removeAll(keepingCapacity: true)
    return true
  }

  /// Stops a daemon that has no connections, if another has room for many: the next to come shall not need a new one.
  private func stopUnlessNeeded(_ daemon: Daemon) {
    let hasRoom = daemons.contains {
      $0 !== daemon && $0.connectionCount <= Daemon.connectionLimit / 2
    }
    guard hasRoom, let index = daemons.firstIndex(where: { $0 === daemon }) else { return }
    daemons.remove(at: index)
    daemon.stop()
  }
}

// MARK: - For exchanges

extension HTTPServer {
  /// Calls ``ResponseStream/flush()`` at the end of this turn of the loop.
  func flushAtEndOfTurn(_ stream: ResponseStream) { unflushed.append(stream) }

  func deliver(_ exchange: ServerExchange) {
    delegate?.server(self, didReceive: exchange)
  }

  func response(for refusal: ServerRefusal) -> ServerResponse {
    delegate?.server(self, responseFor: refusal) ?? ServerResponse(status: refusal.status)
  }

  func account(of peer: PeerAddress) -> ClientAccount? { delegate?.server(self, accountOf: peer) }

  func didEnd(_ exchange: ServerExchange) {
    delegate?.server(self, didEnd: exchange)
  }

  func warn(_ message: String) {
    delegate?.server(self, warns: message)
  }

  /// Hands a response to the library, which sends it in its next run.
  func queue(_ response: ServerResponse, on connection: ServerConnection) -> Bool {
    connection.daemon.noteEvent()
    guard let handle = make(response.body) else { return false }
    defer { MHD_destroy_response(handle) }
    response.fields.withEachField { field in
      // Answers NO for a field that would break the framing, such as one with a line end: it is left out.
      _ = MHD_add_response_header(
        handle, field.name.baseAddress!.assumingMemoryBound(to: CChar.self),
        field.value.baseAddress!.assumingMemoryBound(to: CChar.self))
    }
    // The library itself tells of an upgrade, by `Connection: Upgrade`; such a connection is closed by its new protocol.
    if !response.isUpgrade && (response.closesConnection || isDraining) {
      MHD_add_response_header(handle, "Connection", "close")
    }
    return MHD_queue_response(connection.handle, UInt32(response.status), handle) == .YES
  }

  private func make(_ body: ServerResponse.Body) -> OpaquePointer? {
    switch body {
    case .bytes(let bytes):
      return bytes.withUnsafeBytes { cmhd_create_response($0.baseAddress, $0.count) }
    case .stream(let stream, let length):
      return MHD_create_response_from_callback(
        // Of unknown length, most goes past the library.
        length.map { UInt64($0) } ?? cmhd_SIZE_UNKNOWN, length == nil ? 1024 : 16 * 1024, contentIsWanted,
        Unmanaged.passRetained(stream).toOpaque(), contentIsDone)
    case .head(let length):
      // The library sends no content for HEAD and 304, and so never asks for it.
      let response = MHD_create_response_from_callback(
        length.map { UInt64($0) } ?? cmhd_SIZE_UNKNOWN, 1024, noContent, nil, nil)
      if length == nil, let response { _ = cmhd_end_with_connection(response) }
      return response
    case .upgrade: return MHD_create_response_for_upgrade(protocolChanges, nil)
    }
  }
}
