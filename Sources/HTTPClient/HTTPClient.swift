internal import CCurl
public import EventLoop
internal import System

/// HTTP/1.1 to upstream servers over libcurl's multi interface, driven by one event loop (`curl_multi_socket_action`,
/// libcurl-multi(3)).
///
/// Connections are kept alive and reused. Where a reused one turns out to be closed before any byte of a response
/// came, libcurl sends the request again on another, unless its sender wants to know (``ClientRequest/Reuse``); never after. Redirects are not followed, no
/// proxy is used, nothing is decoded.
///
/// Lives on its loop's thread. ``close()`` must be called there before the last reference goes.
public final class HTTPClient {
  /// Where it lives.
  public let loop: EventLoop
  /// One at least, until ``close()``.
  private var multiHandles: [MultiHandle] = []
  /// Those with work for the end of the tick.
  private var multiHandlesToRun = TickList<MultiHandle>()
  private var tickHandler: TickHandler?
  /// Closes multi handles that have had nothing to do for a while.
  private var retirementTimer: LazyTimer?
  /// See ``expectProgress(by:)``.
  var silenceTimer: LazyTimer?
  /// Every transfer that libcurl holds: the handles know their transfer without owning it. Each knows its place here.
  private(set) var transfers: [Transfer] = []
  /// Work for the end of the tick: what must not happen inside a callback of libcurl.
  private var cancelled: [Transfer] = []
  private var resumed = TickList<Transfer>()
  /// Those that end for want of memory.
  private var starved: [Transfer] = []
  private var isInsideLibcurl = false
  private var isClosed = false

  /// How long the connections of a multi handle without transfers are kept: as long as libcurl keeps one that is idle
  /// (`CURLOPT_MAXAGE_CONN`), which it sees to only while it has transfers.
  private let retirementTime: Duration

  static let globalInitialisation: CURLcode = ccurl_global_init()

  /// On `loop`'s thread.
  public convenience init(loop: EventLoop) { self.init(loop: loop, retirementTime: .seconds(118)) }

  init(loop: EventLoop, retirementTime: Duration) {
    precondition(HTTPClient.globalInitialisation == CURLE_OK, "curl_global_init failed")
    self.loop = loop
    self.retirementTime = retirementTime
    guard let multiHandle = MultiHandle(client: self) else { preconditionFailure("no memory to begin with") }
    multiHandles.append(multiHandle)
    retirementTimer = LazyTimer(loop: loop) { [unowned self] in retireMultiHandles() }
    silenceTimer = LazyTimer(loop: loop) { [unowned self] in endSilentTransfers() }
    tickHandler = loop.makeTickHandler { [unowned self] in runTick() }
  }

  deinit { precondition(isClosed, "an HTTPClient is closed on its loop before it goes") }

  var multiHandleCount: Int { multiHandles.count }

  /// Transfers that have not ended.
  public var activeTransfers: Int { transfers.count }

  /// Transfers that wait for their reader.
  public var pausedTransfers: Int { transfers.count { $0.isDownloadPaused } }

  /// Open connections, idle ones among them.
  public var openConnections: Int { multiHandles.reduce(0) { $0 + $1.sockets.count } }

  var openDescriptors: [Int32] { multiHandles.flatMap { $0.sockets.keys } }

  /// Starts a transfer. It keeps `delegate` until its end.
  public func start(_ request: ClientRequest, delegate: any TransferDelegate) -> Transfer {
    precondition(!isClosed, "the client is closed")
    precondition(!isInsideLibcurl, "not from a callback of a transfer")
    let multiHandle = multiHandle(for: request.origin)
    let handle = multiHandle.takeHandle()
    let transfer = Transfer(client: self, handle: handle, request: request, delegate: delegate)
    transfer.place = transfers.count
    transfers.append(transfer)
    if !multiHandle.start(transfer, request) { starve(transfer) }
    expectProgress(of: transfer)
    return transfer
  }

  /// Ends every transfer without a word to its delegate, and closes all connections.
  public func close() {
    loop.preconditionCurrent()
    guard !isClosed else { return }
    while let transfer = transfers.last {
      remove(transfer)
      transfer.forgetDelegate()
    }
    isClosed = true
    tickHandler?.cancel()
    for multiHandle in multiHandles { multiHandle.close() }
    multiHandles = []
    retirementTimer = nil
    silenceTimer = nil
  }
}

// MARK: - Multi handles

extension HTTPClient {
  /// The first that has an idle connection to the server, else the first that has room for one more: so that those at the
  /// end get to be without any after a burst.
  private func multiHandle(for origin: ServerOrigin) -> MultiHandle {
    var roomy: MultiHandle?
    for multiHandle in multiHandles {
      if multiHandle.hasIdleConnection(to: origin) { return multiHandle }
      if roomy == nil && multiHandle.hasRoom { roomy = multiHandle }
    }
    if let roomy { return roomy }
    // Without memory for another one, the first has more connections than is good for it.
    guard let multiHandle = MultiHandle(client: self) else { return multiHandles[0] }
    multiHandles.append(multiHandle)
    return multiHandle
  }

  /// The first one stays.
  private func retireMultiHandles() {
    for index in multiHandles.indices.dropFirst().reversed() where multiHandles[index].transferCount == 0 {
      let multiHandle = multiHandles[index]
      if multiHandle.idleSince + retirementTime <= loop.now {
        multiHandles.remove(at: index)
        multiHandle.close()
      } else {
        expectRetirement(of: multiHandle)
      }
    }
  }

  private func expectRetirement(of multiHandle: MultiHandle) {
    retirementTimer?.schedule(noLaterThan: multiHandle.idleSince + retirementTime)
  }

  func multiHandleWantsTick(_ multiHandle: MultiHandle) {
    multiHandlesToRun.append(multiHandle)
    tickHandler?.request()
  }
}

// MARK: - The tick of the loop

extension HTTPClient {
  private func runTick() {
    guard !isClosed else { return }
    while let transfer = cancelled.popLast() { remove(transfer) }
    while let transfer = starved.popLast() {
      guard transfer.isActive else { continue }
      remove(transfer)
      transfer.end(.exhausted)
    }
    if !resumed.isEmpty {
      let transfers = resumed.take()
      for transfer in transfers where transfer.isActive {
        enterLibcurl { transfer.continuePausedDirections() }
        transfer.handle.multiHandle.noteProgress()
      }
      resumed.reuse(consume transfers)
    }
    guard !multiHandlesToRun.isEmpty else { return }
    let multiHandles = multiHandlesToRun.take()
    for multiHandle in multiHandles { multiHandle.runTick() }
    multiHandlesToRun.reuse(consume multiHandles)
  }

  func enterLibcurl(_ body: () -> Void) {
    precondition(!isInsideLibcurl, "libcurl is not re-entrant")
    isInsideLibcurl = true
    body()
    isInsideLibcurl = false
  }

  func cancel(_ transfer: Transfer) {
    loop.preconditionCurrent()
    guard isInsideLibcurl else { return remove(transfer) }
    cancelled.append(transfer)
    tickHandler?.request()
  }

  /// Ends a transfer for which libcurl or the kernel has no memory, at the end of the tick: it alone, as the others may
  /// well go on.
  func starve(_ transfer: Transfer) {
    loop.preconditionCurrent()
    starved.append(transfer)
    tickHandler?.request()
  }

  func resume(_ transfer: Transfer) {
    resumed.append(transfer)
    tickHandler?.request()
  }

  /// Takes a transfer's handle back from libcurl. A connection in mid-transfer is closed with it.
  func remove(_ transfer: Transfer) {
    guard let place = transfer.place else { return }
    transfer.place = nil
    let last = transfers.removeLast()
    if last !== transfer {
      transfers[place] = last
      last.place = place
    }
    let handle = transfer.handle
    let multiHandle = handle.multiHandle
    multiHandle.remove(transfer)
    transfer.detach()
    multiHandle.keep(handle)
    if multiHandle.transferCount == 0 && multiHandles.count > 1 { expectRetirement(of: multiHandle) }
  }
}
