internal import CCurl
internal import EventLoop
internal import System

/// One request to an upstream server and its response. Lives on its client's loop.
public final class Transfer {
  let handle: EasyHandle
  let origin: ServerOrigin
  private(set) var isActive = true
  /// Its place among its client's transfers.
  var place: Int?
  private unowned let client: HTTPClient
  private var delegate: (any TransferDelegate)?
  private let timeouts: TransferTimeouts
  /// See ``ClientRequest/Reuse/fails``.
  private let failsWhenStale: Bool
  /// Whether its connection is one that was kept, as far as is known.
  private var isKept = true
  /// Whether anything of a response has come.
  private var hasBytes = false
  private var head = HeadParser()
  private var hasHead = false

  private(set) var isDownloadPaused = false
  private var isUploadPaused = false
  /// Set by ``resume()`` and ``resumeUpload()``, until the end of the tick.
  private var continuesDownload = false
  private var continuesUpload = false
  /// Why the transfer fails, where libcurl only knows that a callback refused.
  private var ownError: TransferError?
  private var lastProgress: MonotonicTime
  /// When the response must be whole, without the time in which the transfer has been paused.
  private var deadline: MonotonicTime?
  /// Since when it is paused in either direction.
  private var pauseStart: MonotonicTime?
  /// Since when it waits for its connection; nil once that is there.
  private var connectStart: MonotonicTime?

  /// Borrows the request: by itself an initializer would have a copy made of it.
  init(
    client: HTTPClient, handle: EasyHandle, request: ClientRequest,
    delegate: any TransferDelegate
  ) {
    self.client = client
    self.handle = handle
    origin = request.origin
    self.delegate = delegate
    timeouts = request.timeouts
    failsWhenStale = request.reuse == .fails
    lastProgress = client.loop.now
    connectStart = client.loop.now
    deadline = request.timeouts.whole.map { client.loop.now + $0 }
  }

  deinit { precondition(!isActive, "an active transfer is held by its client") }

  /// The transfer that a handle of libcurl's serves; nil once it has ended, and for a handle that is libcurl's alone.
  static func of(_ easy: UnsafeMutableRawPointer) -> Transfer? {
    var pointer: UnsafeMutableRawPointer?
    ccurl_get_pointer(easy, CURLINFO_PRIVATE, &pointer)
    guard let pointer else { return nil }
    return Unmanaged<EasyHandle>.fromOpaque(pointer).takeUnretainedValue().transfer
  }

  /// Whether its connection is there, new or kept.
  var hasConnection: Bool { connectStart == nil }

  /// Ends the transfer at once and closes its connection; its delegate hears no more of it. Harmless after the end.
  public func cancel() {
    guard isActive, delegate != nil else { return }
    delegate = nil
    client.cancel(self)
  }

  /// Lets the response go on after ``TransferDemand/pause``, at the end of the loop's tick.
  public func resume() {
    guard isActive, isDownloadPaused, !continuesDownload else { return }
    continuesDownload = true
    client.resume(self)
  }

  /// Lets the request's body go on after ``BodyPiece/later``, at the end of the loop's tick.
  public func resumeUpload() {
    guard isActive, isUploadPaused, !continuesUpload else { return }
    continuesUpload = true
    client.resume(self)
  }

  func continuePausedDirections() {
    if continuesDownload { isDownloadPaused = false }
    if continuesUpload { isUploadPaused = false }
    continuesDownload = false
    continuesUpload = false
    lastProgress = client.loop.now
    endPause()
    var mask = CURLPAUSE_CONT
    if isDownloadPaused { mask |= CURLPAUSE_RECV }
    if isUploadPaused { mask |= CURLPAUSE_SEND }
    curl_easy_pause(handle.curl, mask)
  }

  /// After libcurl has given the handle back.
  func detach() {
    isActive = false
    handle.release()
  }

  /// Its delegate hears no more of it. The two may know each other: that ends here.
  func forgetDelegate() { delegate = nil }

  func end(_ error: TransferError?) {
    let delegate = delegate
    self.delegate = nil
    delegate?.transferDidEnd(self, error: ownError ?? error.map(explained))
  }
}

// MARK: - Silence

extension Transfer {
  /// When the transfer will have been silent for too long, unless it makes progress; nil while it may be for ever.
  var silenceDeadline: MonotonicTime? {
    if let connectStart { return connectStart + timeouts.connect }
    // A pause is our own reader's doing, or our caller's who has no body for us yet.
    let start = pauseStart == nil ? lastProgress : client.loop.now
    let silence = (hasHead ? timeouts.idle : timeouts.firstByte).map { start + $0 }
    guard let deadline else { return silence }
    let whole = pauseStart.map { deadline + (client.loop.now - $0) } ?? deadline
    return silence.map { min($0, whole) } ?? whole
  }

  func endForSilence() {
    let delegate = delegate
    let error: TransferError =
      connectStart != nil ? .connectTimeout : hasHead ? .idleTimeout : .firstByteTimeout
    cancel()
    delegate?.transferDidEnd(self, error: error)
  }

  private func beginPause() {
    if pauseStart == nil { pauseStart = client.loop.now }
  }

  private func endPause() {
    guard let start = pauseStart, !isDownloadPaused, !isUploadPaused else { return }
    pauseStart = nil
    if let deadline { self.deadline = deadline + (client.loop.now - start) }
    client.expectProgress(of: self)
  }
}

// MARK: - What libcurl calls

extension Transfer {
  /// A socket for its connection: the first, one for another address, or one in place of a kept connection that turned out
  /// to be closed.
  ///
  /// - Returns: whether it is wanted.
  func connects() -> Bool {
    if connectStart == nil {
      guard mayGoOutAgain() else { return false }
      connectStart = client.loop.now
      client.expectProgress(of: self)
    }
    isKept = false
    return true
  }

  /// libcurl is about to send the request once more, as its connection was closed without a word.
  private func mayGoOutAgain() -> Bool {
    if failsWhenStale { ownError = .staleConnection }
    return !failsWhenStale
  }

  /// In mid-body libcurl takes a closed connection for an error.
  private func explained(_ error: TransferError) -> TransferError {
    guard failsWhenStale, isKept, !hasBytes, case .brokenOff = error else { return error }
    return .staleConnection
  }

  /// The connection is there, new or kept, and the request goes out.
  ///
  /// - Returns: whether it may.
  fileprivate func isConnected() -> Bool {
    guard connectStart != nil || mayGoOutAgain() else { return false }
    connectStart = nil
    handle.rewindBody()
    lastProgress = client.loop.now
    client.expectProgress(of: self)
    return true
  }

  /// One line of the head, or of a trailer section, or an interim response's.
  fileprivate func receive(line: UnsafeRawBufferPointer) -> Bool {
    guard delegate != nil else { return false }
    guard !hasHead else { return true }
    hasBytes = true
    do throws(HeadParser.ParsingError) {
      guard let head = try head.take(line: line) else { return true }
      hasHead = true
      if head.status == 304 { handle.forbidReuse() }
      lastProgress = client.loop.now
      client.expectProgress(of: self)
      // A server that refuses does not wait for the body. libcurl would: a paused upload keeps a transfer from its end.
      resumeUpload()
      delegate?.transfer(self, didReceive: head)
    } catch {
      ownError = .malformed(detail: error.reason)
      return false
    }
    return self.delegate != nil
  }

  fileprivate func receive(content: UnsafeRawBufferPointer) -> Int {
    guard let delegate else { return -1 }
    guard hasHead else {
      ownError = .malformed(detail: "content without a head")
      return -1
    }
    // Given back untaken, libcurl keeps the bytes and redelivers them.
    if isDownloadPaused { return Int(bitPattern: UInt(ccurl_WRITEFUNC_PAUSE)) }
    lastProgress = client.loop.now
    switch delegate.transfer(self, didReceive: content) {
    case .proceed: break
    case .pause:
      isDownloadPaused = true
      beginPause()
    }
    return self.delegate == nil ? -1 : content.count
  }

  fileprivate func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
    guard let delegate else { return ccurl_READFUNC_ABORT }
    lastProgress = client.loop.now
    if let count = handle.fill(buffer) { return count }
    switch delegate.transfer(self, fill: buffer) {
    case .bytes(let count): return count
    case .end: return 0
    case .abort: return ccurl_READFUNC_ABORT
    case .later:
      isUploadPaused = true
      beginPause()
      return ccurl_READFUNC_PAUSE
    }
  }
}

/// The transfer of the handle that libcurl gives back to its callbacks: it calls them for active ones only.
private func transfer(_ handle: UnsafeMutableRawPointer?) -> Transfer? {
  Unmanaged<EasyHandle>.fromOpaque(handle!).takeUnretainedValue().transfer
}

/// `CURLOPT_PREREQFUNCTION`.
func connectionIsReady(
  handle: UnsafeMutableRawPointer?, address: UnsafeMutablePointer<CChar>?,
  ownAddress: UnsafeMutablePointer<CChar>?, port: Int32, ownPort: Int32
) -> Int32 {
  transfer(handle)?.isConnected() == false ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK
}

/// `CURLOPT_HEADERFUNCTION`.
func lineArrives(
  bytes: UnsafeMutablePointer<CChar>?, size: Int, count: Int, handle: UnsafeMutableRawPointer?
) -> Int {
  let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
  return transfer(handle)?.receive(line: line) == true ? line.count : -1
}

/// `CURLOPT_WRITEFUNCTION`.
func contentArrives(
  bytes: UnsafeMutablePointer<CChar>?, size: Int, count: Int, handle: UnsafeMutableRawPointer?
) -> Int {
  transfer(handle)?.receive(content: UnsafeRawBufferPointer(start: bytes, count: size * count)) ?? -1
}

/// `CURLOPT_READFUNCTION`.
func contentIsWanted(
  bytes: UnsafeMutablePointer<CChar>?, size: Int, count: Int, handle: UnsafeMutableRawPointer?
) -> Int {
  transfer(handle)?.fill(UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
    ?? ccurl_READFUNC_ABORT
}
