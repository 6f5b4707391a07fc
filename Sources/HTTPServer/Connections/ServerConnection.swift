internal import Budgets
internal import CMicroHTTPD
internal import EventLoop
internal import System

/// One client's connection: libmicrohttpd's handle of it, and what the library does not do itself (``HTTPServer`` has the
/// table). Lives on its server's loop.
///
/// The library gets it when the first request's head is there and sound. What becomes of a request is the exchange's to say
/// (``ExchangeStateMachine``); this has the socket, the time-outs and the library's handle.
final class ServerConnection {
  let server: HTTPServer
  /// Whose connection it is in the library, once that has begun with it.
  private(set) var daemon: Daemon?
  let peer: Peer
  let isTrustedUnixPeer: Bool
  /// Its place in the share of its client, if the client is its peer.
  var hold: ClientHold?
  let socket: ClientSocket
  /// The library's, from then on until it closes the connection.
  private(set) var handle: OpaquePointer?
  /// ``ServerExchange/connectionContext``.
  var context: AnyObject?
  /// Until the library has it.
  private var arrival: AcceptedConnection?
  /// The head that has arrived, until the library calls for its request.
  var head: RequestHead?
  /// Where the library has the head that has arrived.
  var headPlace: UnsafeRawPointer?
  /// The library's memory for the connection, once a request of it has been seen.
  var libraryMemory: UnsafeMutableRawBufferPointer?
  /// What the library has read of a head that is not whole yet, while the connection is suspended.
  var heldHead: [UInt8]?
  /// Bytes of the library's memory for the connection that the request's head takes, about.
  var headMemory = 0
  /// The request that is being served.
  var exchange: ServerExchange?
  /// What the connection waits for while no request is being served.
  var rest = Rest.firstHead
  var library = LibraryState.absent
  var peerState = PeerState.connected
  private(set) var isTerminated = false
  /// Whether the socket took less than ``sendContent(_:)`` gave it.
  var isWaitingForRoom = false
  var pace: ConnectionPace
  /// Counts the pieces of the body that have come, dropped ones among them.
  var bodyPieces = 0
  /// For a body that comes in chunks.
  var chunkTimer: LoopTimer?
  var chunkLook = ChunkLook()
  /// Bytes of refused bodies that were read.
  var droppedBytes = 0
  var deadline = LazyDeadline()
  var timer: LoopTimer?
  var upgraded: UpgradedConnection?
  var watch: Watch?

  enum Rest {
    /// For the first request's head: nothing was sent yet.
    case firstHead
    /// For another request.
    case nextHead
    /// For the client to read the refusal that was sent: what comes is dropped.
    case end
  }

  /// What libmicrohttpd has to do with it.
  enum LibraryState {
    /// Not yet anything, or nothing any more.
    case absent
    case running
    /// For its exchange: ``ExchangeStateMachine/pause``.
    case suspended
    /// For us to read from the socket: ``holdBack()``.
    case held
  }

  enum PeerState {
    case connected
    /// It has closed its writing half, or the whole connection.
    case halfClosed
    /// It has closed, or lost, the whole connection.
    case gone
  }

  /// - Throws: if the connection cannot be watched.
  init(
    server: HTTPServer, _ arrival: AcceptedConnection, descriptor: Int32
  ) throws(SystemCallError) {
    self.server = server
    self.arrival = arrival
    socket = ClientSocket(descriptor: descriptor)
    peer = arrival.peer
    isTrustedUnixPeer = arrival.isTrustedUnixPeer
    hold = arrival.hold
    arrival.hold = nil
    pace = ConnectionPace(server.limits, at: server.loop.now)
    timer = server.loop.makeTimer { [unowned self] in timeIsUp() }
    // Once, for all requests of the connection: libmicrohttpd itself looks only when it reads.
    watch = try server.loop.watch(descriptor, for: ServerConnection.whileReading) {
      [unowned self] events in
      isReady(events)
    }
    setDeadline(after: server.limits.headerTimeout)
  }
}

// MARK: - What the loop tells of the socket

extension ServerConnection {
  /// What the socket is watched for while libmicrohttpd reads from it, while we do, and while we wait to send.
  private static let whileInLibrary: IOEvents = [.peerClosed, .edgeTriggered]
  private static let whileReading: IOEvents = [.peerClosed, .readable, .edgeTriggered]
  private static let whileFull: IOEvents = [.peerClosed, .writable, .edgeTriggered]

  private func isReady(_ events: IOEvents) {
    if events.contains(.writable) { canWrite() }
    if events.contains(.readable) { canRead() }
    if isTerminated { return }
    if events.contains(.hangUp) || events.contains(.error) {
      peerCloses(.gone)
    } else if events.contains(.peerClosed) {
      peerCloses(peerState == .gone ? .gone : .halfClosed)
    }
  }

  private func canRead() {
    switch exchange?.state.phase {
    case .receiving, .dropping: return chunkBytesArrive()
    case .handling, .sending, .upgraded, .left, .ended: return
    case nil: break
    }
    switch rest {
    case .firstHead where !isInLibrary: readFirstHead()
    case .firstHead, .nextHead: readHeldHead()
    case .end: readAndDrop()
    }
  }

  /// Whether the loop tells of bytes that have come.
  func setReading(_ isReading: Bool) {
    // Fails only without kernel memory: then a time-out ends what stands still.
    try? watch?.update(isReading ? ServerConnection.whileReading : ServerConnection.whileInLibrary)
  }

  /// Whether the loop tells of room for what is to be sent.
  func setWaitingForRoom(_ isWaiting: Bool) {
    guard isWaiting != isWaitingForRoom else { return }
    isWaitingForRoom = isWaiting
    // Fails only without kernel memory: then the send time-out ends what stands still.
    try? watch?.update(isWaiting ? ServerConnection.whileFull : ServerConnection.whileInLibrary)
  }
}

// MARK: - From its beginning to its end

extension ServerConnection {
  var isInLibrary: Bool { library != .absent }

  /// Whether no request is being served.
  var isIdle: Bool { exchange == nil }

  /// The first request's head is there: the rest of the connection is libmicrohttpd's business.
  func enterLibrary() {
    guard let arrival = arrival.take() else { return }
    setReading(false)
    library = .running
    if !server.handToLibrary(self, arrival) {
      library = .absent
      isTerminated = true
      leave()
    }
  }

  /// The library has begun with it.
  func didBegin(_ handle: OpaquePointer, in daemon: Daemon) {
    self.handle = handle
    self.daemon = daemon
  }

  func startRequest(_ exchange: ServerExchange) {
    self.exchange = exchange
    pace.requestBegins(server.limits, at: server.loop.now)
    setDeadline(after: server.limits.headerTimeout)
    if exchange.request.isChunked { watchChunkLines() }
  }

  func endRequest() {
    exchange = nil
    rest = .nextHead
    setDeadline(after: server.limits.keepAliveTimeout)
  }

  /// Ends the connection: nothing more is sent or read. The library finds the socket shut, and closes it.
  func terminate() {
    guard !isTerminated else { return }
    isTerminated = true
    if let upgraded { return upgraded.abort() }
    guard isInLibrary else { return leave() }
    socket.shutDown()
    // One whose memory is full of a chunk's line the library does not read from, and need not watch: it would not find out.
    // It counts from the last time that it looked.
    let isChunked = exchange?.request.isChunked == true
    if isChunked, let handle { cmhd_close_soon(handle) }
    exchange?.clientLeft()
    if library == .held { letGo() }
    daemon?.requestRun()
    if !isChunked { setDeadline(after: ServerConnection.closingTime) }
  }

  /// libmicrohttpd is about to close its socket.
  func didClose() {
    library = .absent
    handle = nil
    daemon?.connectionDidEnd()
    if upgraded == nil {
      endForgottenRequest()
      leave()
    } else {
      stopWatching()
    }
  }

  private func stopWatching() {
    watch?.cancelBeforeClose()
    watch = nil
    timer?.cancel()
    timer = nil
    chunkTimer?.cancel()
    chunkTimer = nil
  }

  /// The socket is about to close, if it has not yet.
  private func leave() {
    stopWatching()
    // Closes it where libmicrohttpd never had it.
    arrival = nil
    forget()
  }

  /// Nothing is left of the connection.
  func forget() {
    exchange = nil
    hold = nil
    server.connections.removeValue(forKey: ObjectIdentifier(self))
    server.limits.connections.giveBack(server.place)
  }
}
