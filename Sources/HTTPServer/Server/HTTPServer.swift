public import Budgets
public import EventLoop
public import System

/// An HTTP/1.1 server over libmicrohttpd, driven by one event loop.
///
/// Lives on its loop's thread. ``close()`` must be called there before the last reference goes.
///
/// Which half of the work is the library's and which is ours, with the reason:
///
/// | work | libmicrohttpd | ours | why |
/// |---|---|---|---|
/// | accepting | nothing | ``ListeningSocket``, ``Acceptor``, ``ConnectionBudget``, ``RefusedConnections`` | All loops share one limit and several sockets; the peer's credentials are known at once; a full server says so. |
/// | a connection before its first head | nothing | reads it without taking it, until the head is whole: ``ServerConnection`` | A connection costs the library 16 KiB from its first moment, and is closed without a word where it is too slow. |
/// | heads | parses them again, to frame the body | ``RequestHeadParser``, ``RequestValidation``; then the library must have found the same head | It lets pass what another server reads in another way, and refuses the rest in its own words, 0.9 in part twice. |
/// | framing of bodies | `Content-Length`, chunks, 100 (Continue) | bounds, and whether a chunk's line stands still: ``ChunkLook`` | It waits without end, and without a word, where a line fills its memory. |
/// | bodies that are refused | nothing | the response is sent past the library, and what comes is dropped: ``ExchangeStateMachine`` | It takes no response while a body comes. |
/// | heads of responses | writes them, with `Date` and the framing | whether there is room for one, HEAD and statuses without content | It closes without a word where there is none, and sends the last chunk of what has no content. |
/// | content of known length | sends it, small ones by one system call with the head | gives large ones in pieces: ``ResponseStream`` | It would copy all of them at once. |
/// | content of unknown length | the first piece and the last chunk | what lies between goes past the library, once a tick of the loop | To resume a connection costs more than a token. |
/// | suspending | does it | says when, and who waits awake instead: ``AwakeConnections`` | It walks over all that are suspended of a daemon when it resumes one: a ``Daemon`` has few connections. |
/// | time-outs | nothing, but to close what it has forgotten | all: ``ConnectionPace``, the deadline of a ``ServerConnection`` | It has one, which a byte now and then extends, and none while suspended. |
/// | clients that leave | notices it where it reads or sends | watches the socket for the other half's end | It does not look at a suspended connection, and takes a short read for the end of what there is. |
/// | keeping connections | begins the next request | time-outs, drain, the last response's `Connection: close` | |
/// | upgrades | sends 101 | the rest, with a descriptor of its own: ``UpgradedConnection`` | It keeps a connection's memory until that is closed. |
/// | the end | closes the socket | shuts it first, lets the client read a refusal, tells the library to look | It resets a client that still sends; 0.9 forgets connections that it gives up. |
public final class HTTPServer {
  /// Where it lives.
  public let loop: EventLoop
  /// What it bears from its clients.
  public private(set) var limits: HTTPServerLimits
  /// Asked for every request; set before ``listen(on:)``.
  public weak var delegate: (any HTTPServerDelegate)?
  /// Whether the server is going down: idle connections close, and each response is its connection's last.
  public private(set) var isDraining = false

  /// This loop's part of ``HTTPServerLimits/bodyMemory``.
  public let bodyLease: MemoryLease
  /// This loop's part of ``HTTPServerLimits/unsentMemory``.
  public let unsentLease: MemoryLease
  var connections: [ObjectIdentifier: ServerConnection] = [:]
  var acceptors: [Acceptor] = []
  let refused: RefusedConnections
  /// Streams that have content for their sockets.
  private var unflushed = TickList<ResponseStream>()
  /// One at least, until ``close()``.
  private var daemons: [Daemon] = []
  /// Those that are to be run before the loop sleeps.
  private var daemonsToRun = TickList<Daemon>()
  /// Its place among the servers that share ``HTTPServerLimits/connections``.
  private(set) var place = 0
  private(set) var isClosed = false
  private var isRunning = false
  private var tickHandler: TickHandler?

  /// Where the bytes of a connection are looked at before the library reads them, and read where they are dropped.
  let scratch: UnsafeMutableRawBufferPointer
  let headParser: RequestHeadParser

  /// On `loop`'s thread, with ``listen(on:)`` to follow.
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
    tickHandler = loop.makeTickHandler { [unowned self] in
      flushStreams()
      _ = runDaemons()
    }
    // What was asked for on the way here.
    tickHandler?.request()
  }

  deinit {
    precondition(isClosed, "an HTTPServer is closed on its loop before it goes")
    scratch.deallocate()
  }

  var daemonCount: Int { daemons.count }

  /// Open connections.
  public var connectionCount: Int { connections.count }

  /// Replaces three time-outs. They hold from the next head, body, piece of a response or rest on; those that run go on
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
    tickHandler?.cancel()
    for daemon in daemons { daemon.stop() }
    daemons = []
    precondition(connections.isEmpty, "the daemons have left connections behind")
  }

  private func flushStreams() {
    guard !unflushed.isEmpty else { return }
    let streams = unflushed.take()
    for stream in streams { stream.flush() }
    unflushed.reuse(consume streams)
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

  func daemonWantsRun(_ daemon: Daemon) {
    daemonsToRun.append(daemon)
    tickHandler?.request()
  }

  /// - Returns: whether any had something to do.
  private func runDaemons() -> Bool {
    guard !daemonsToRun.isEmpty, !isClosed, !isRunning else { return false }
    isRunning = true
    defer { isRunning = false }
    let waiting = daemonsToRun.take()
    for daemon in waiting {
      daemon.run()
      if daemon.connectionCount == 0 && !daemon.wantsRun { stopUnlessNeeded(daemon) }
    }
    daemonsToRun.reuse(consume waiting)
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
  /// Calls ``ResponseStream/flush()`` at the end of this tick of the loop.
  func flushAtEndOfTick(_ stream: ResponseStream) {
    unflushed.append(stream)
    tickHandler?.request()
  }

  func deliver(_ exchange: ServerExchange) {
    delegate?.server(self, didReceive: exchange)
  }

  func response(for refusal: ServerRefusal) -> ServerResponse {
    delegate?.server(self, responseFor: refusal) ?? ServerResponse(status: refusal.status)
  }

  func account(of peer: Peer) -> ClientAccount? { delegate?.server(self, accountOf: peer) }

  func didEnd(_ exchange: ServerExchange) {
    delegate?.server(self, didEnd: exchange)
  }

  func warn(_ message: String) {
    delegate?.server(self, warns: message)
  }
}
