internal import CCurl
public import EventLoop

/// HTTP/1.1 to upstream servers over one libcurl multi handle, driven by one event loop
/// (`curl_multi_socket_action`, libcurl-multi(3)).
///
/// Connections are kept alive and reused. Where a reused one turns out to be closed before any byte of a response
/// came, libcurl sends the request again on a new connection; never after. Redirects are not followed, no
/// proxy is used, nothing is decoded.
///
/// Lives on its loop's thread. ``close()`` must be called there before the last reference goes.
public final class HTTPClient {
  public let loop: EventLoop
  let multi: UnsafeMutableRawPointer
  var sockets: [Int32: UpstreamSocket] = [:]
  /// libcurl's own, which it moves several times a request.
  private var timer: LazyTimer?
  /// See ``expectProgress(by:)``.
  var silenceTimer: LazyTimer?
  /// Every transfer that libcurl holds: the handles know their transfer without owning it. Each knows its place here.
  private(set) var transfers: [Transfer] = []
  private var idleHandles: [EasyHandle] = []
  /// Work for the end of the turn: what must not happen inside a callback of libcurl.
  private var isTimeoutDue = false
  private var mayHaveFinished = false
  private var isInsideLibcurl = false
  private var cancelled: [Transfer] = []
  private var resumed: [Transfer] = []
  private var isClosed = false

  /// Connections that libcurl keeps open, at most: more than there will be. Each that it would have to close at the end of a
  /// transfer it looks for among all of them. What a burst has left closes by itself: idle connections end after two minutes
  /// (`CURLOPT_MAXAGE_CONN`), and new transfers take the idle ones first.
  private static let openConnectionLimit = 1 << 20
  /// Easy handles kept for reuse, at most: about 6 KiB each.
  private static let idleHandleLimit = 128

  private static let globalInitialisation: CURLcode = curl_global_init(ccurl_GLOBAL_DEFAULT)

  /// On `loop`'s thread.
  public init(loop: EventLoop) {
    precondition(HTTPClient.globalInitialisation == CURLE_OK, "curl_global_init failed")
    self.loop = loop
    guard let multi = curl_multi_init() else { preconditionFailure("out of memory") }
    self.multi = multi
    timer = LazyTimer(loop: loop) { [unowned self] in isTimeoutDue = true }
    silenceTimer = LazyTimer(loop: loop) { [unowned self] in endSilentTransfers() }
    let reference = Unmanaged.passUnretained(self).toOpaque()
    ccurl_multi_set_socket_function(multi, socketInterestChanged)
    ccurl_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, reference)
    ccurl_multi_set_timer_function(multi, timeoutChanged)
    ccurl_multi_set_pointer(multi, CURLMOPT_TIMERDATA, reference)
    ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, HTTPClient.openConnectionLimit)
    ccurl_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_NOTHING))
    loop.addTurnHandler { [weak self] in self?.runTurn() ?? false }
  }

  deinit { precondition(isClosed, "an HTTPClient is closed on its loop before it goes") }

  /// Transfers that have not ended.
  public var activeTransfers: Int { transfers.count }

  /// Transfers that wait for their reader.
  public var pausedTransfers: Int { transfers.count { $0.isDownloadPaused } }

  /// Open connections, idle ones among them.
  public var openConnections: Int { sockets.count }

  /// Starts a transfer. It keeps `delegate` until its end.
  public func start(_ request: ClientRequest, delegate: any TransferDelegate) -> Transfer {
    precondition(!isClosed, "the client is closed")
    precondition(!isInsideLibcurl, "not from a callback of a transfer")
    let handle = idleHandles.popLast() ?? EasyHandle(client: self)
    let transfer = Transfer(client: self, handle: handle, request: request, delegate: delegate)
    transfer.place = transfers.count
    transfers.append(transfer)
    // libcurl asks for a timeout of 0 from inside: the transfer begins at the end of this turn.
    let status = curl_multi_add_handle(multi, handle.curl)
    precondition(status == CURLM_OK, "curl_multi_add_handle: \(status)")
    expectProgress(by: transfer.silenceDeadline)
    return transfer
  }

  /// Ends every transfer without a word to its delegate, and closes all connections.
  public func close() {
    loop.preconditionCurrent()
    guard !isClosed else { return }
    while let transfer = transfers.last { remove(transfer) }
    isClosed = true
    idleHandles = []
    // Calls back to close the idle connections' sockets.
    curl_multi_cleanup(multi)
    for socket in sockets.values { socket.watch?.cancel() }
    sockets = [:]
    timer = nil
    silenceTimer = nil
  }
}

// MARK: - The turn of the loop

extension HTTPClient {
  private func runTurn() -> Bool {
    guard !isClosed else { return false }
    var isBusy = false
    while let transfer = cancelled.popLast() {
      remove(transfer)
      isBusy = true
    }
    for transfer in takeResumed() where transfer.isActive {
      enterLibcurl { transfer.continuePausedDirections() }
      isBusy = true
    }
    if isTimeoutDue {
      isTimeoutDue = false
      socketAction(CURL_SOCKET_TIMEOUT, 0)
      isBusy = true
    }
    if mayHaveFinished {
      mayHaveFinished = false
      isBusy = collectFinished() || isBusy
    }
    return isBusy
  }

  private func takeResumed() -> [Transfer] {
    guard !resumed.isEmpty else { return [] }
    defer { resumed = [] }
    return resumed
  }

  private func enterLibcurl(_ body: () -> Void) {
    precondition(!isInsideLibcurl, "libcurl is not re-entrant")
    isInsideLibcurl = true
    body()
    isInsideLibcurl = false
    mayHaveFinished = true
  }

  func socketAction(_ descriptor: curl_socket_t, _ events: Int32) {
    enterLibcurl {
      var running: Int32 = 0
      curl_multi_socket_action(multi, descriptor, events, &running)
    }
  }

  private func collectFinished() -> Bool {
    var isBusy = false
    var remaining: Int32 = 0
    while let message = curl_multi_info_read(multi, &remaining) {
      guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
      // The message is gone once its handle is removed.
      let code = ccurl_message_result(message)
      guard let transfer = Transfer.of(easy), transfer.isActive else { continue }
      remove(transfer)
      transfer.end(code == CURLE_OK ? nil : TransferError(code: code))
      isBusy = true
    }
    return isBusy
  }

  /// Notes that libcurl wants to be called without a socket event after so many milliseconds; -1: not at all.
  func setTimeout(milliseconds: Int) {
    switch milliseconds {
    case ..<0:
      isTimeoutDue = false
      timer?.cancel()
    case 0:
      isTimeoutDue = true
      timer?.cancel()
    default: timer?.schedule(at: loop.now + .milliseconds(milliseconds))
    }
  }

  func cancel(_ transfer: Transfer) {
    loop.preconditionCurrent()
    if isInsideLibcurl { cancelled.append(transfer) } else { remove(transfer) }
  }

  func resume(_ transfer: Transfer) {
    resumed.append(transfer)
  }

  /// Takes a transfer's handle back from libcurl. A connection in mid-transfer is closed with it.
  private func remove(_ transfer: Transfer) {
    guard let place = transfer.place else { return }
    transfer.place = nil
    let last = transfers.removeLast()
    if last !== transfer {
      transfers[place] = last
      last.place = place
    }
    curl_multi_remove_handle(multi, transfer.handle.curl)
    transfer.detach()
    // One that has opened a connection may have done so in place of a stale one. libcurl counts these over a
    // handle's whole life, and the sixth fails its transfer.
    if idleHandles.count < HTTPClient.idleHandleLimit && !transfer.handle.hasConnected {
      idleHandles.append(transfer.handle)
    }
  }
}
