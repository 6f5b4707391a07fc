internal import CMicroHTTPD
public import EventLoop
internal import HTTPFields

/// An HTTP/1.1 server over one libmicrohttpd daemon (external epoll mode), driven by one event loop.
///
/// It accepts connections itself and hands them to the daemon: so one daemon serves several listening sockets, each
/// connection is known from its first moment, and a full server can say so.
///
/// Lives on its loop's thread. ``close()`` must be called there before the last reference goes.
public final class HTTPServer {
  public let loop: EventLoop
  public private(set) var limits: HTTPServerLimits
  /// Asked for every request; set before ``listen(on:)``.
  public weak var delegate: (any HTTPServerDelegate)?
  /// Whether the server is going down: idle connections close, and each response is its connection's last.
  public private(set) var isDraining = false

  var bodyMemory: BodyMemory
  /// Set when a connection was added, resumed or ended: the daemon is to be run before the loop sleeps.
  var wantsRun = false
  /// The address of the connection that is being added, until it has begun.
  var arrivingClient: String?
  var connections: [ObjectIdentifier: ServerConnection] = [:]
  var acceptors: [Acceptor] = []
  /// Streams that have content for their sockets, and the empty memory of the turn before.
  private var unflushed: [ResponseStream] = []
  private var flushed: [ResponseStream] = []
  private(set) var daemon: OpaquePointer!
  /// Its place among the servers that share ``HTTPServerLimits/connections``.
  private(set) var place = 0
  private(set) var isClosed = false
  private var watch: Watch?
  private var isRunning = false
  /// Counts what happens in the daemon, as far as it tells.
  private var eventCount = 0
  private var awake = AwakeConnections()
  private var awakeTimer: LazyTimer?
  /// Connections that are to be resumed, and can wait for others: see ``resumeSoon(_:)``.
  private var unhurried: [ServerConnection] = []
  private var unhurriedTimer: LazyTimer?
  /// Connections that the library has suspended.
  var suspendedCount = 0

  /// Bytes that libmicrohttpd takes for each field of a request beside its text.
  static let fieldMemory = 64
  /// Bytes of a connection's memory that a request's head must leave.
  static let responseHeadMemory = 4096

  /// On `loop`'s thread.
  ///
  /// - Throws: if the process has no descriptors or memory left.
  public init(loop: EventLoop, limits: HTTPServerLimits) throws(SystemCallError) {
    loop.preconditionCurrent()
    self.loop = loop
    self.limits = limits
    bodyMemory = BodyMemory(limit: limits.bodyMemory)
    daemon = cmhd_start_daemon(
      cmhd_daemon_flags(), Unmanaged.passUnretained(self).toOpaque(), requestArrives, requestEnds,
      connectionChanges, targetArrives, limits.headerBytes, UInt32(limits.connections.limit),
      // What 0.9 refuses for strictness we refuse ourselves: its answer would have its head twice.
      RequestHeadReader.cutsInPlace ? 0 : 1)
    guard daemon != nil else {
      isClosed = true
      throw SystemCallError(call: "MHD_start_daemon", code: systemErrorNumber())
    }
    watch = try loop.watch(cmhd_epoll_descriptor(daemon), for: .readable) { [unowned self] _ in
      wantsRun = true
    }
    awakeTimer = LazyTimer(loop: loop) { [unowned self] in wantsRun = true }
    unhurriedTimer = LazyTimer(loop: loop) { [unowned self] in resumeUnhurried() }
    place = joinBudget()
    loop.addTurnHandler { [weak self] in
      guard let self else { return false }
      let isBusy = flushStreams()
      return runDaemon() || isBusy
    }
  }

  deinit { precondition(isClosed, "an HTTPServer is closed on its loop before it goes") }

  /// Open connections.
  public var connectionCount: Int { connections.count }

  /// Replaces two time limits. They hold from the next head, body or piece of a response on; those that run go on running.
  public func setTimeouts(header: Duration, send: Duration) {
    loop.preconditionCurrent()
    limits.headerTimeout = header
    limits.sendTimeout = send
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
    for connection in connections.values { connection.terminate() }
    // A daemon with a suspended connection must not be stopped: each gets to notice its end first.
    resumeUnhurried()
    wantsRun = true
    while runDaemon() {}
    isClosed = true
    watch?.cancel()
    awakeTimer = nil
    unhurriedTimer = nil
    MHD_stop_daemon(daemon)
    precondition(connections.isEmpty, "the daemon has left connections behind")
  }

  private func flushStreams() -> Bool {
    guard !unflushed.isEmpty else { return false }
    swap(&unflushed, &flushed)
    for stream in flushed { stream.flush() }
    flushed.removeAll(keepingCapacity: true)
    return true
  }

  /// Runs the daemon as long as it has something to do at once.
  private func runDaemon() -> Bool {
    guard wantsRun, !isClosed, !isRunning else { return false }
    isRunning = true
    defer { isRunning = false }
    // More rounds than any healthy connection needs: the others of the loop get their turn in between.
    for _ in 0..<16 {
      wantsRun = false
      let eventsBefore = eventCount
      MHD_run(daemon)
      if isDaemonBusy(since: eventsBefore) { wantsRun = true }
      if !wantsRun { break }
    }
    return true
  }
}

// MARK: - Waiting for handlers

extension HTTPServer {
  /// Whether the daemon wants to run again at once. Without this question the end of a stream would not go out before the
  /// next event.
  ///
  /// With connections that wait awake it always says so. Then it has more to do if something has happened that leaves it
  /// with work: see where ``noteEvent()`` is called. What it does not tell us of, such as a head that takes several reads,
  /// goes on after ``AwakeConnections/longest`` at the latest.
  private func isDaemonBusy(since count: Int) -> Bool {
    var timeout: UInt64 = 0
    guard MHD_get_timeout(daemon, &timeout) == .YES && timeout == 0 else { return false }
    return awake.count == 0 || eventCount != count
  }

  /// Something has happened after which the daemon may have more to do at once.
  func noteEvent() { eventCount &+= 1 }

  /// Whether a connection whose handler has no response yet may wait without being suspended.
  ///
  /// - Parameter start: since when it waits so, or nil where it does not yet.
  func maySpareSuspension(since start: MonotonicTime?) -> Bool {
    guard awake.mayWait(since: start, at: loop.now) else { return false }
    if start == nil {
      awake.count += 1
      awakeTimer?.schedule(noLaterThan: loop.now + AwakeConnections.longest)
    }
    return true
  }

  /// A connection waits awake no more.
  func endSparedSuspension() {
    awake.count -= 1
    wantsRun = true
  }
}

// MARK: - Resuming

extension HTTPServer {
  /// Up to so many suspended connections, each is resumed at once.
  private static let fewSuspended = 128
  /// How long the end of a stream waits for that of others.
  private static let unhurriedTime = Duration.milliseconds(20)

  /// Resumes a connection whose client has all that it waits for, but for the mark of the end.
  ///
  /// In the run after a resumption libmicrohttpd looks at each connection that is suspended: 0.2 µs each, a tenth of all
  /// CPU time with a thousand streams. So where there are many, ends wait a moment for each other, or for a connection
  /// that must be resumed at once.
  func resumeSoon(_ connection: ServerConnection) {
    guard suspendedCount > HTTPServer.fewSuspended else { return connection.resume() }
    unhurried.append(connection)
    unhurriedTimer?.schedule(noLaterThan: loop.now + HTTPServer.unhurriedTime)
  }

  func resumeUnhurried() {
    guard !unhurried.isEmpty else { return }
    let connections = unhurried
    unhurried = []
    for connection in connections { connection.resume() }
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

  func didEnd(_ exchange: ServerExchange) {
    delegate?.server(self, didEnd: exchange)
  }

  func warn(_ message: String) {
    delegate?.server(self, warns: message)
  }

  /// Hands a response to the library, which sends it in its next run.
  func queue(_ response: ServerResponse, on connection: ServerConnection) -> Bool {
    noteEvent()
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
      // The library sends no content for HEAD, and so never asks for it.
      return MHD_create_response_from_callback(
        length.map { UInt64($0) } ?? cmhd_SIZE_UNKNOWN, 1024, noContent, nil, nil)
    case .upgrade: return MHD_create_response_for_upgrade(protocolChanges, nil)
    }
  }
}
