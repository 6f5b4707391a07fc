internal import Budgets
internal import CLinux
internal import CMicroHTTPD
internal import EventLoop
internal import Glibc
internal import HTTPFields
internal import System

/// One client's connection: libmicrohttpd's handle of it, and what the library does not do itself (time limits that a
/// byte now and then does not extend, noticing that the client of a suspended connection has left, answering while a
/// body arrives, refusing a head in the API's form). Lives on its server's loop.
///
/// The library gets it when the first request's head is there and sound.
final class ServerConnection {
  let server: HTTPServer
  /// Whose connection it is in the library, once it has it.
  private(set) var daemon: Daemon!
  let client: String
  let peer: PeerAddress
  let isTrustedUnixPeer: Bool
  /// Its place in the share of its client, if the client is its peer.
  var hold: ClientHold?
  let descriptor: Int32
  private(set) var handle: OpaquePointer!
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
  var exchange: ServerExchange?
  private(set) var isTerminated = false
  private(set) var isSuspended = false
  /// Whether that is for us to read from the socket: see ``holdBack()``.
  private(set) var isHeld = false
  /// Whether it waits for its handler without being suspended: see ``AwakeConnections``.
  var isAwake = false
  private var hasPeerClosed = false
  /// Whether it has closed, or lost, the whole connection.
  private var isPeerGone = false
  /// Whether the socket took less than ``sendContent(_:)`` gave it.
  private var isWaitingForRoom = false

  enum Phase {
    /// Waits for the first request's head: nothing was sent yet.
    case firstHead
    /// Waits for another request.
    case idle
    case body
    /// A handler works.
    case waiting
    case sending
    /// A response was sent while the body arrives; what comes is dropped.
    case dropping
    /// Not HTTP any more.
    case upgraded
  }

  private(set) var phase = Phase.firstHead
  /// How fast the body comes of late, of the time in which we read it.
  private var bodySpeed: RecentSpeed
  /// When a body must be complete, however fast it comes.
  private var bodyEnd: MonotonicTime?
  private var readerPace: ReaderPace
  /// Counts the pieces of the body that have come, dropped ones among them.
  private(set) var bodyPieces = 0
  /// For a body that comes in chunks.
  var chunkTimer: LoopTimer?
  var chunkLook = ChunkLook()
  private var droppedBytes = 0
  private var deadline: MonotonicTime?
  private var timer: LoopTimer?
  private var upgraded: UpgradedConnection?
  /// Whether libmicrohttpd has a part in it.
  private(set) var isInLibrary = false
  private(set) var watch: Watch?

  /// The slowest that a body may come, over the last `headerTimeout`: bytes a second.
  private static let slowestBody = 1024
  /// How much of a refused body is read, so that the client gets to see the refusal, and for how long.
  private static let dropLimit = 16 * 1024 * 1024
  private static let dropTime = Duration.seconds(2)
  /// How long to wait for the library to read on, before looking whether it has read all.
  static let readingPause = Duration.milliseconds(10)
  /// How long the library has to find out that a socket was shut.
  private static let closingTime = Duration.seconds(1)

  /// - Throws: if the connection cannot be watched.
  init(
    server: HTTPServer, _ arrival: AcceptedConnection, descriptor: Int32
  ) throws(SystemCallError) {
    self.server = server
    self.arrival = arrival
    self.descriptor = descriptor
    client = arrival.client
    peer = arrival.peer
    isTrustedUnixPeer = arrival.isTrustedUnixPeer
    hold = arrival.hold
    arrival.hold = nil
    let now = server.loop.now
    bodySpeed = RecentSpeed(window: server.limits.headerTimeout, at: now)
    readerPace = ReaderPace(window: server.limits.sendTimeout, isWaiting: false, at: now)
    timer = server.loop.makeTimer { [unowned self] in timeIsUp() }
    // Once, for all requests of the connection: libmicrohttpd itself looks only when it reads.
    watch = try server.loop.watch(descriptor, for: ServerConnection.whileReading) {
      [unowned self] events in
      isReady(events)
    }
    setDeadline(after: server.limits.headerTimeout)
  }

  /// What the socket is watched for, while libmicrohttpd reads from it and while we do.
  private static let whileInLibrary: IOEvents = [.peerClosed, .edgeTriggered]
  private static let whileReading: IOEvents = [.peerClosed, .readable, .edgeTriggered]

  private func isReady(_ events: IOEvents) {
    if events.contains(.writable) { canWrite() }
    if events.contains(.readable) { canRead() }
    if isTerminated { return }
    if events.contains(.hangUp) || events.contains(.error) {
      isPeerGone = true
      peerClosed()
    } else if events.contains(.peerClosed) {
      peerClosed()
    }
  }

  private func canRead() {
    switch phase {
    case .firstHead where !isInLibrary: readFirstHead()
    case .dropping where !isInLibrary || isSuspended: readAndDrop()
    case .body: chunkBytesArrive()
    case .firstHead, .idle: readHeldHead()
    case .dropping: chunkBytesArrive()
    case .waiting, .sending, .upgraded: break
    }
  }

  /// The first request's head is there: the rest of the connection is libmicrohttpd's business.
  func enterLibrary() {
    guard let arrival = arrival.take() else { return }
    setReading(false)
    isInLibrary = true
    if !server.handToLibrary(self, arrival) {
      isInLibrary = false
      isTerminated = true
      leave()
    }
  }

  /// The library has begun with it.
  func didBegin(_ handle: OpaquePointer, in daemon: Daemon) {
    self.handle = handle
    self.daemon = daemon
  }

  /// Whether the loop tells of bytes that have come.
  func setReading(_ isReading: Bool) {
    // Fails only without kernel memory: then a time limit ends what stands still.
    try? watch?.update(isReading ? ServerConnection.whileReading : ServerConnection.whileInLibrary)
  }

  /// libmicrohttpd is about to close its socket.
  func didClose() {
    isInLibrary = false
    daemon.connectionDidEnd()
    if upgraded == nil { endForgottenRequest() }
    if upgraded == nil { leave() } else { stopWatching() }
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
  private func forget() {
    exchange = nil
    hold = nil
    server.connections.removeValue(forKey: ObjectIdentifier(self))
    server.limits.connections.giveBack(server.place)
  }

  /// Whether the next thing to happen is that the client sends something.
  private var isReceiving: Bool { phase == .firstHead || phase == .idle || phase == .body }

  /// Whether no request is being served.
  var isIdle: Bool { exchange == nil }

  /// Whether no request is being served, but one is to be expected at once: the client has just connected for it, or its
  /// first bytes are there.
  var isAboutToAsk: Bool {
    var byte: UInt8 = 0
    return isIdle && !isTerminated
      && (phase == .firstHead || recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) > 0)
  }

  /// The client has closed its writing half, or the whole connection. As nginx does, we take both for leaving; but
  /// what it sent before is served first if that takes no waiting, or its handler says so.
  private func peerClosed() {
    hasPeerClosed = true
    if !isInLibrary || endsWithPeer { terminate() } else { setDeadline(at: server.loop.now) }
  }

  /// Whether nothing is left to be done for a client that has closed.
  private var endsWithPeer: Bool {
    guard hasPeerClosed, isSuspended || isAwake else { return false }
    guard !isPeerGone, let exchange else { return true }
    return !(exchange.outlivesHalfClose && exchange.isRequestComplete)
  }

  /// Ends the connection of a client that has closed it, once all that it had sent before is read.
  ///
  /// libmicrohttpd does not find out by itself: it takes a short read for the end of what there is, and the kernel tells
  /// of the last bytes and of the end behind them by one event.
  private func endIfAllWasRead() {
    var byte: UInt8 = 0
    guard recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) > 0 else {
      return terminate()
    }
    setDeadline(after: ServerConnection.readingPause)
  }

  /// Ends the connection: nothing more is sent or read. The library finds the socket shut, and closes it.
  func terminate() {
    guard !isTerminated else { return }
    isTerminated = true
    if let upgraded { return upgraded.abort() }
    guard isInLibrary else { return leave() }
    shutdown(descriptor, Int32(SHUT_RDWR))
    // One whose memory is full of a chunk's line the library does not read from, and need not watch: it would not find out.
    // It counts from the last time that it looked.
    let isChunked = exchange?.request.isChunked == true
    if isChunked { cmhd_close_soon(handle) }
    exchange?.clientLeft()
    if isHeld { letGo() }
    daemon.requestRun()
    if !isChunked { setDeadline(after: ServerConnection.closingTime) }
  }
}

// MARK: - Ends that the library makes

extension ServerConnection {
  /// The library is about to give up the connection, in a state in which 0.9 takes it from the list of those that have
  /// something to do and forgets to close it until it is the daemon's oldest: a run later it is told to look at it again.
  func closeSoon() {
    cmhd_close_soon(handle)
    daemon.requestRun()
  }
}

// MARK: - Phases and their time limits

extension ServerConnection {
  func startRequest(_ exchange: ServerExchange) {
    self.exchange = exchange
    phase = .body
    bodySpeed = RecentSpeed(window: server.limits.headerTimeout, at: server.loop.now)
    bodyEnd = nil
    setDeadline(after: server.limits.headerTimeout)
    if exchange.request.isChunked { watchChunkLines() }
  }

  /// The body is held in memory: it has its time in all.
  func limitBodyTime() {
    bodyEnd = server.loop.now + server.limits.collectedBodyTime
    lookAtBodyAgain()
  }

  func noteBodyProgress(_ count: Int) {
    bodySpeed.note(count, at: server.loop.now)
    bodyPieces &+= 1
  }

  private func lookAtBodyAgain() {
    let look = bodySpeed.nextLook(after: server.loop.now)
    setDeadline(at: bodyEnd.map { min($0, look) } ?? look)
  }

  private var isBodyTooSlow: Bool {
    let now = server.loop.now
    if let bodyEnd, now >= bodyEnd { return true }
    return bodySpeed.isBelow(ServerConnection.slowestBody, at: now)
  }

  func waitForHandler(isAwake: Bool) {
    phase = .waiting
    deadline = nil
    self.isAwake = isAwake
    // Nothing else would look again.
    if endsWithPeer { setDeadline(at: server.loop.now) }
  }

  func startSending() {
    phase = .sending
    let now = server.loop.now
    readerPace = ReaderPace(window: server.limits.sendTimeout, isWaiting: true, at: now)
    setDeadline(at: readerPace.nextLook(after: now))
  }

  /// The library has taken so many bytes for the socket, or is about to end the response.
  func noteSendProgress(_ count: Int) {
    readerPace.noteGiven(count)
    if deadline == nil { beginWaiting() }
  }

  /// The library has the whole response.
  func noteGiven(_ count: Int) { readerPace.noteGiven(count) }

  private func beginWaiting() { setDeadline(at: readerPace.beginWaiting(at: server.loop.now)) }

  private func endWaiting() {
    readerPace.endWaiting(at: server.loop.now)
    deadline = nil
  }

  /// The kernel would go on sending what it has to a reader that takes it so slowly, for as long as that likes.
  private func resetAtClose() {
    var now = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
  }

  private var isReaderTooSlow: Bool {
    var queued: Int32 = 0
    // Of a socket that cannot say, all that was given counts as taken.
    _ = clinux_unacknowledged_bytes(descriptor, &queued)
    return readerPace.look(queued: Int(queued), at: server.loop.now)
  }

  func endRequest() {
    // An upgrade is over with its connection.
    guard phase != .upgraded else { return }
    exchange = nil
    phase = .idle
    setDeadline(after: server.limits.keepAliveTimeout)
  }

  /// Whether so many more bytes of a refused body are worth reading.
  func mayDrop(_ count: Int) -> Bool {
    droppedBytes += count
    bodyPieces &+= 1
    return droppedBytes <= ServerConnection.dropLimit
  }

  func suspend() {
    // Nothing is left to send, and nothing to wait for from the client.
    if phase == .sending { endWaiting() }
    // The time in which we do not read is not the client's.
    if phase == .body {
      bodySpeed.stopClock(at: server.loop.now)
      deadline = nil
    }
    isSuspended = true
    MHD_suspend_connection(handle)
    // While suspended, the library would not find out; and it must not be resumed from inside its own call.
    if endsWithPeer { setDeadline(at: server.loop.now) }
  }

  func resume() {
    if phase == .body {
      bodySpeed.startClock(at: server.loop.now)
      lookAtBodyAgain()
      // What is in the socket already the loop does not tell of again.
      chunkBytesArrive()
    }
    isSuspended = false
    MHD_resume_connection(handle)
    daemon.requestRun()
  }

  /// Suspends the connection, for us to read from its socket in libmicrohttpd's place.
  func holdBack() {
    guard !isSuspended else { return }
    isHeld = true
    suspend()
  }

  /// Lets libmicrohttpd read again. Not from inside its own call.
  func letGo() {
    isHeld = false
    isSuspended = false
    MHD_resume_connection(handle)
    daemon.requestRun()
  }

  private func setDeadline(after delay: Duration) {
    setDeadline(at: server.loop.now + delay)
  }

  /// The timer is moved only where the new deadline is earlier: a later one is looked at when it fires.
  private func setDeadline(at time: MonotonicTime) {
    // Nothing that the client could still send is worth waiting for.
    let time =
      hasPeerClosed && isReceiving ? min(time, server.loop.now + ServerConnection.readingPause) : time
    deadline = time
    guard let timer, !timer.isScheduled || timer.deadline > time else { return }
    timer.schedule(at: time)
  }

  private func timeIsUp() {
    guard let deadline else { return }
    guard server.loop.now >= deadline else {
      timer?.schedule(at: deadline)
      return
    }
    if isTerminated { return letLibraryLook() }
    if endsWithPeer { return terminate() }
    if hasPeerClosed && isReceiving { return endIfAllWasRead() }
    switch phase {
    case .body where !isBodyTooSlow: lookAtBodyAgain()
    case .sending where !isReaderTooSlow: setDeadline(at: readerPace.nextLook(after: server.loop.now))
    case .firstHead, .body:
      let refusal = ServerRefusal(status: 408, detail: "the request came too slowly", exchange: exchange)
      if let exchange {
        exchange.refuse(refusal)
      } else {
        // Of a head that is not whole the method may be.
        sendPastLibrary(server.response(for: refusal).allowed(to: peekAtMethod()))
        dropTheRest()
      }
    case .sending:
      resetAtClose()
      terminate()
    case .idle, .dropping: terminate()
    case .waiting, .upgraded: break
    }
  }

  /// Has libmicrohttpd look at a socket that it should have found shut by now. It takes a short read for the end of what there
  /// is, the kernel may have told of that and of a reset by one event, and shutting a socket that was reset tells of nothing. One
  /// that is resumed it reads from.
  private func letLibraryLook() {
    deadline = nil
    guard isInLibrary, upgraded == nil, exchange?.request.isChunked != true else { return }
    if !isSuspended { MHD_suspend_connection(handle) }
    isSuspended = false
    MHD_resume_connection(handle)
    daemon.requestRun()
    setDeadline(after: ServerConnection.closingTime)
  }

  /// Leaves HTTP: the socket is the exchange's handler's from now on.
  ///
  /// libmicrohttpd keeps all its memory for a connection, 16 KiB and more, until that is closed. So we go on with a
  /// descriptor of our own, and let it close the other one, which leaves the socket open: it neither shuts an upgraded
  /// connection down nor keeps it in its epoll set. `extra` is valid until its next run.
  func upgrade(descriptor: Int32, handle: OpaquePointer, extra: UnsafeRawBufferPointer) {
    watch?.cancel()
    watch = nil
    cmhd_close_upgraded(handle)
    daemon.requestRun()
    // Its handler has been told already that the client left, and waits for no connection.
    guard !isTerminated else { return }
    guard let own = try? systemCall("fcntl", { fcntl(descriptor, F_DUPFD_CLOEXEC, 0) }) else {
      server.warn("a connection is not upgraded, as no descriptor is left")
      // The request ends as one whose client has left.
      return
    }
    phase = .upgraded
    deadline = nil
    timer?.cancel()
    timer = nil
    let upgraded = UpgradedConnection(self, descriptor: own)
    self.upgraded = upgraded
    exchange?.hand(over: upgraded)
    upgraded.start(extra: extra)
  }

  /// The handler is done with the upgraded connection.
  func upgradedDidClose() {
    upgraded = nil
    exchange?.end(wasSent: true)
    if !isInLibrary { forget() }
  }
}

// MARK: - Room for a response's head

extension ServerConnection {
  /// Whether the library has room for the head of `response`. Where it has not, it closes without a word.
  func hasRoom(for response: ServerResponse) -> Bool {
    let size = 512 + response.fields.byteCount + 4 * response.fields.count
    return headMemory + size <= server.limits.connectionMemory
  }
}

// MARK: - Responses past the library

extension ServerConnection {
  /// Whether ``sendContent(_:)`` may be used: somebody must tell when a full socket takes bytes again.
  var canTellOfRoom: Bool { watch != nil }

  /// Gives content of a response to the socket, by one system call, while the library is suspended.
  ///
  /// - Returns: how many bytes it took. After fewer than all, ``ServerExchange/connectionCanWrite()`` follows, or the
  ///   connection's end when the send timeout is over.
  func sendContent(_ bytes: UnsafeRawBufferPointer) -> Int {
    let taken: Int
    do {
      taken =
        try systemCall("send") { send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL)) } ?? 0
    } catch {
      // The client has gone: the loop tells of it, and the writer should not hear of it from inside its own call.
      return bytes.count
    }
    readerPace.noteGiven(taken)
    if taken < bytes.count {
      if !isWaitingForRoom { beginWaiting() }
      setWaitingForRoom(true)
    } else if isWaitingForRoom {
      endWaiting()
      setWaitingForRoom(false)
    }
    return taken
  }

  private func setWaitingForRoom(_ isWaiting: Bool) {
    guard isWaiting != isWaitingForRoom else { return }
    isWaitingForRoom = isWaiting
    // Fails only without kernel memory: then the send timeout ends what stands still.
    try? watch?.update(isWaiting ? [.peerClosed, .writable, .edgeTriggered] : [.peerClosed, .edgeTriggered])
  }

  private func canWrite() {
    if isWaitingForRoom { exchange?.connectionCanWrite() }
  }

  /// Writes a whole response at once and closes our half of the connection.
  func sendPastLibrary(_ response: ServerResponse) {
    let bytes = WireFormat.closingResponse(response)
    bytes.withUnsafeBytes { buffer in
      // What the socket does not take at once is lost: the connection ends anyhow.
      _ = try? systemCall("send") {
        send(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
      }
    }
    shutdown(descriptor, Int32(SHUT_WR))
    phase = .dropping
    setDeadline(after: ServerConnection.dropTime)
  }
}
