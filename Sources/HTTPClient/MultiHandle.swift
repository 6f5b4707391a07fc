internal import CCurl
internal import EventLoop
internal import System

/// One multi handle of libcurl's (libcurl-multi(3)), and a share of its client's connections.
///
/// For each request libcurl looks for an idle connection among all that it has, and at its end for others of no more use:
/// with thousands in one multi handle, more of the CPU time goes there than into tokens. So a client has as many as it takes
/// to have few connections in each.
///
/// Lives on its client's loop. ``close()`` must be called there before the last reference goes.
final class MultiHandle {
  /// From so many connections on, requests that find no idle one go to another multi handle. Idle easy handles are kept up to
  /// the same number, about 6 KiB each.
  static let connectionLimit = 64

  unowned let client: HTTPClient
  private(set) var sockets: [Int32: UpstreamSocket] = [:]
  private var origins = OriginConnections()
  /// Transfers that libcurl has.
  private(set) var transferCount = 0
  /// Since when it has none.
  private(set) var idleSince: MonotonicTime
  private let multi: UnsafeMutableRawPointer
  /// libcurl's own, which it moves several times a request.
  private var timer: LazyTimer?
  private var idleHandles: [EasyHandle] = []
  /// Work for the end of the tick: what must not happen inside a callback of libcurl.
  private var isTimeoutDue = false
  private var mayHaveFinished = false
  /// Whether ``runTick()`` is to be called.
  private var wantsTick = false
  private var isClosed = false

  /// Connections that libcurl keeps open, at most: more than there will be. Each that it would have to close at the end of a
  /// transfer it looks for among all of them. What a burst has left closes by itself: idle connections end after two minutes
  /// (`CURLOPT_MAXAGE_CONN`), and new transfers take the idle ones first.
  private static let openConnectionLimit = 1 << 20

  /// - Returns: nil if libcurl has no memory for it.
  init?(client: HTTPClient) {
    guard let multi = curl_multi_init() else { return nil }
    self.client = client
    self.multi = multi
    idleSince = client.loop.now
    timer = LazyTimer(loop: client.loop) { [unowned self] in timeoutIsDue() }
    let reference = Unmanaged.passUnretained(self).toOpaque()
    ccurl_multi_set_socket_function(multi, socketInterestChanged)
    ccurl_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, reference)
    ccurl_multi_set_timer_function(multi, timeoutChanged)
    ccurl_multi_set_pointer(multi, CURLMOPT_TIMERDATA, reference)
    ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, MultiHandle.openConnectionLimit)
    ccurl_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_NOTHING))
  }

  deinit { precondition(isClosed, "a multi handle is closed on its loop before it goes") }

  /// Whether it has a connection to the server that waits for a request, as far as is known here.
  func hasIdleConnection(to origin: ServerOrigin) -> Bool {
    sockets.count <= MultiHandle.connectionLimit && origins.hasIdle(to: origin)
  }

  /// Whether there is room for another connection.
  var hasRoom: Bool { max(sockets.count, transferCount) < MultiHandle.connectionLimit }

  /// Without transfers: closes all connections.
  func close() {
    precondition(transferCount == 0, "the multi handle has transfers left")
    isClosed = true
    idleHandles = []
    // Calls back to close the idle connections' sockets.
    curl_multi_cleanup(multi)
    for socket in sockets.values { socket.watch?.cancel() }
    sockets = [:]
    origins = OriginConnections()
    timer = nil
  }

  /// An easy handle for a transfer.
  func takeHandle() -> EasyHandle { idleHandles.popLast() ?? EasyHandle(multi: self) }

  /// Starts a transfer. libcurl asks for a timeout of 0 from inside: it begins at the end of this tick.
  ///
  /// - Returns: false if there is no memory for it. Its handle is to be taken back all the same.
  func start(_ transfer: Transfer, _ request: ClientRequest) -> Bool {
    transferCount += 1
    origins.addTransfer(to: request.origin)
    let handle = transfer.handle
    return handle.prepare(request, for: transfer) && curl_multi_add_handle(multi, handle.curl) == CURLM_OK
  }

  /// Takes the handle back from libcurl, which does not mind if it has not got it. A connection in mid-transfer is closed
  /// with it.
  func remove(_ transfer: Transfer) {
    curl_multi_remove_handle(multi, transfer.handle.curl)
    transferCount -= 1
    origins.removeTransfer(to: transfer.origin)
    if transferCount == 0 { idleSince = client.loop.now }
  }

  /// Keeps the handle of a transfer that is over for another one.
  func keep(_ handle: EasyHandle) {
    if idleHandles.count < MultiHandle.connectionLimit { idleHandles.append(handle) }
  }
}

// MARK: - Sockets

extension MultiHandle {
  /// In place of one that libcurl has closed without a word, if there is such a one.
  func add(_ socket: UpstreamSocket, _ descriptor: Int32) {
    removeSocket(descriptor)
    sockets[descriptor] = socket
    if let origin = socket.origin { origins.addConnection(to: origin) }
  }

  @discardableResult
  func removeSocket(_ descriptor: Int32) -> UpstreamSocket? {
    guard let socket = sockets.removeValue(forKey: descriptor) else { return nil }
    if let origin = socket.origin { origins.removeConnection(to: origin) }
    return socket
  }
}

// MARK: - The tick of the loop

extension MultiHandle {
  private func requestTick() {
    guard !wantsTick else { return }
    wantsTick = true
    client.multiHandleWantsTick(self)
  }

  func runTick() {
    wantsTick = false
    guard !isClosed else { return }
    if isTimeoutDue {
      isTimeoutDue = false
      socketAction(CURL_SOCKET_TIMEOUT, 0)
    }
    if mayHaveFinished {
      mayHaveFinished = false
      collectFinished()
    }
  }

  func socketAction(_ descriptor: curl_socket_t, _ events: Int32) {
    client.enterLibcurl {
      var running: Int32 = 0
      curl_multi_socket_action(multi, descriptor, events, &running)
    }
    noteProgress()
  }

  /// libcurl has done something: transfers may be over.
  func noteProgress() {
    mayHaveFinished = true
    requestTick()
  }

  private func collectFinished() {
    var remaining: Int32 = 0
    while let message = curl_multi_info_read(multi, &remaining) {
      guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
      // The message is gone once its handle is removed.
      let code = ccurl_message_result(message)
      guard let transfer = Transfer.of(easy), transfer.isActive else { continue }
      // So are the words, once the handle serves another.
      let error = code == CURLE_OK ? nil : TransferError(code: code, text: transfer.handle.failure)
      client.remove(transfer)
      transfer.end(error)
    }
  }

  /// Notes that libcurl wants to be called without a socket event after so many milliseconds; -1: not at all.
  func setTimeout(milliseconds: Int) {
    switch milliseconds {
    case ..<0:
      isTimeoutDue = false
      timer?.cancel()
    case 0:
      timer?.cancel()
      timeoutIsDue()
    default: timer?.schedule(at: client.loop.now + .milliseconds(milliseconds))
    }
  }

  private func timeoutIsDue() {
    isTimeoutDue = true
    requestTick()
  }
}

/// `CURLMOPT_TIMERFUNCTION`.
func timeoutChanged(
  multi: UnsafeMutableRawPointer?, milliseconds: Int, handle: UnsafeMutableRawPointer?
) -> Int32 {
  Unmanaged<MultiHandle>.fromOpaque(handle!).takeUnretainedValue().setTimeout(milliseconds: milliseconds)
  return 0
}
