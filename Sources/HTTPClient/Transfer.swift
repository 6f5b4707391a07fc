internal import CCurl
internal import EventLoop

/// One request to an upstream server and its response. Lives on its client's loop.
public final class Transfer {
  let handle: UnsafeMutableRawPointer
  private(set) var isActive = true
  private unowned let client: HTTPClient
  private var delegate: (any TransferDelegate)?
  private let timeouts: TransferTimeouts
  private var head = HeadParser()
  private var hasHead = false

  /// What libcurl points into until the end: the header list, and the body.
  private var fieldList: UnsafeMutablePointer<curl_slist>?
  private var body: UnsafeMutableRawBufferPointer?

  private var isDownloadPaused = false
  private var isUploadPaused = false
  /// Set by ``resume()`` and ``resumeUpload()``, until the end of the turn.
  private var continuesDownload = false
  private var continuesUpload = false
  /// Why the transfer fails, where libcurl only knows that a callback refused.
  private var ownError: TransferError?
  private var lastProgress: MonotonicTime
  private var timer: LoopTimer?

  init(
    client: HTTPClient, handle: UnsafeMutableRawPointer, request: ClientRequest,
    delegate: any TransferDelegate
  ) {
    self.client = client
    self.handle = handle
    self.delegate = delegate
    timeouts = request.timeouts
    lastProgress = client.loop.now
    setUp(request)
  }

  deinit { precondition(!isActive, "an active transfer is held by its client") }

  /// The transfer of a handle that has been set up.
  static func of(_ easy: UnsafeMutableRawPointer) -> Transfer {
    var pointer: UnsafeMutableRawPointer?
    ccurl_get_pointer(easy, CURLINFO_PRIVATE, &pointer)
    return Unmanaged<Transfer>.fromOpaque(pointer!).takeUnretainedValue()
  }

  /// Ends the transfer at once and closes its connection; its delegate hears no more of it. Harmless after the end.
  public func cancel() {
    guard isActive, delegate != nil else { return }
    delegate = nil
    client.cancel(self)
  }

  /// Lets the response go on after ``TransferDemand/pause``, at the end of the loop's turn.
  public func resume() {
    guard isActive, isDownloadPaused, !continuesDownload else { return }
    continuesDownload = true
    client.resume(self)
  }

  /// Lets the request's body go on after ``BodyPiece/later``, at the end of the loop's turn.
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
    var mask = CURLPAUSE_CONT
    if isDownloadPaused { mask |= CURLPAUSE_RECV }
    if isUploadPaused { mask |= CURLPAUSE_SEND }
    curl_easy_pause(handle, mask)
  }

  /// After libcurl has given the handle back.
  func detach() {
    isActive = false
    timer?.cancel()
    timer = nil
    curl_slist_free_all(fieldList)
    fieldList = nil
    body?.deallocate()
    body = nil
  }

  func end(_ error: TransferError?) {
    let delegate = delegate
    self.delegate = nil
    delegate?.transferDidEnd(self, error: ownError ?? error)
  }
}

// MARK: - Silence

extension Transfer {
  func startTimer() {
    timer = client.loop.makeTimer { [unowned self] in checkSilence() }
    timer?.schedule(after: min(timeouts.firstByte, timeouts.idle))
  }

  /// The timer is not set anew for each piece: when it fires it looks when the last one came.
  private func checkSilence() {
    let limit = hasHead ? timeouts.idle : timeouts.firstByte
    // A pause is our own reader's doing, or our caller's who has no body for us yet.
    if isDownloadPaused || isUploadPaused { lastProgress = client.loop.now }
    let deadline = lastProgress + limit
    guard client.loop.now >= deadline else {
      timer?.schedule(at: deadline)
      return
    }
    let delegate = delegate
    cancel()
    delegate?.transferDidEnd(self, error: hasHead ? .idleTimeout : .firstByteTimeout)
  }
}

// MARK: - What libcurl calls

extension Transfer {
  /// One line of the head, or of a trailer section, or an interim response's.
  fileprivate func receive(line: UnsafeRawBufferPointer) -> Bool {
    guard let delegate else { return false }
    guard !hasHead else { return true }
    do throws(HeadParser.Failure) {
      guard let head = try head.take(line: line) else { return true }
      hasHead = true
      lastProgress = client.loop.now
      if timeouts.idle < timeouts.firstByte { timer?.schedule(after: timeouts.idle) }
      delegate.transfer(self, didReceive: head)
    } catch {
      ownError = .malformed(detail: error.reason)
      return false
    }
    return self.delegate != nil
  }

  fileprivate func receive(content: UnsafeRawBufferPointer) -> Int {
    guard let delegate else { return -1 }
    // Given back untaken, libcurl keeps the bytes and redelivers them.
    if isDownloadPaused { return Int(bitPattern: UInt(ccurl_WRITEFUNC_PAUSE)) }
    lastProgress = client.loop.now
    switch delegate.transfer(self, didReceive: content) {
    case .proceed: break
    case .pause: isDownloadPaused = true
    }
    return self.delegate == nil ? -1 : content.count
  }

  fileprivate func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
    guard let delegate else { return ccurl_READFUNC_ABORT }
    lastProgress = client.loop.now
    switch delegate.transfer(self, fill: buffer) {
    case .bytes(let count): return count
    case .end: return 0
    case .abort: return ccurl_READFUNC_ABORT
    case .later:
      isUploadPaused = true
      return ccurl_READFUNC_PAUSE
    }
  }
}

/// `CURLOPT_HEADERFUNCTION`.
private func lineArrives(
  bytes: UnsafeMutablePointer<CChar>?, size: Int, count: Int, transfer: UnsafeMutableRawPointer?
) -> Int {
  let transfer = Unmanaged<Transfer>.fromOpaque(transfer!).takeUnretainedValue()
  return transfer.receive(line: UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : -1
}

/// `CURLOPT_WRITEFUNCTION`.
private func contentArrives(
  bytes: UnsafeMutablePointer<CChar>?, size: Int, count: Int, transfer: UnsafeMutableRawPointer?
) -> Int {
  let transfer = Unmanaged<Transfer>.fromOpaque(transfer!).takeUnretainedValue()
  return transfer.receive(content: UnsafeRawBufferPointer(start: bytes, count: size * count))
}

/// `CURLOPT_READFUNCTION`.
private func contentIsWanted(
  bytes: UnsafeMutablePointer<CChar>?, size: Int, count: Int, transfer: UnsafeMutableRawPointer?
) -> Int {
  let transfer = Unmanaged<Transfer>.fromOpaque(transfer!).takeUnretainedValue()
  return transfer.fill(UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
}

// MARK: - Options

extension Transfer {
  private func setUp(_ request: ClientRequest) {
    let easy = handle
    let reference = Unmanaged.passUnretained(self).toOpaque()
    ccurl_set_pointer(easy, CURLOPT_PRIVATE, reference)
    ccurl_set_string(easy, CURLOPT_URL, request.url)
    ccurl_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https")
    // An empty string, and not nil: otherwise the environment's proxy is used.
    ccurl_set_string(easy, CURLOPT_PROXY, "")
    ccurl_set_long(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
    ccurl_set_long(easy, CURLOPT_NOSIGNAL, 1)
    ccurl_set_long(easy, CURLOPT_PATH_AS_IS, 1)
    ccurl_set_long(easy, CURLOPT_TCP_NODELAY, 1)
    ccurl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, max(1, Int(request.timeouts.connect.milliseconds)))
    ccurl_set_long(easy, CURLOPT_BUFFERSIZE, request.expectsStream ? 4096 : 16384)
    // 64 KiB by default, allocated and freed for each request.
    ccurl_set_long(easy, CURLOPT_UPLOAD_BUFFERSIZE, 16384)
    ccurl_set_data_function(easy, CURLOPT_HEADERFUNCTION, lineArrives)
    ccurl_set_pointer(easy, CURLOPT_HEADERDATA, reference)
    ccurl_set_data_function(easy, CURLOPT_WRITEFUNCTION, contentArrives)
    ccurl_set_pointer(easy, CURLOPT_WRITEDATA, reference)
    ccurl_set_close_socket_function(easy, socketCloses)
    ccurl_set_pointer(easy, CURLOPT_CLOSESOCKETDATA, Unmanaged.passUnretained(client).toOpaque())
    setMethodAndBody(request)
    setFields(request)
  }

  private func setMethodAndBody(_ request: ClientRequest) {
    let easy = handle
    switch request.body {
    case .none where request.method == "HEAD": ccurl_set_long(easy, CURLOPT_NOBODY, 1)
    case .none where request.method == "POST": setBody([])
    case .none: ccurl_set_long(easy, CURLOPT_HTTPGET, 1)
    case .bytes(let bytes): setBody(bytes)
    case .stream(let length):
      ccurl_set_long(easy, CURLOPT_POST, 1)
      ccurl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, length.map { curl_off_t($0) } ?? -1)
      ccurl_set_read_function(easy, contentIsWanted)
      ccurl_set_pointer(easy, CURLOPT_READDATA, Unmanaged.passUnretained(self).toOpaque())
      // What was read from the caller cannot be read again: no connection that may turn out stale.
      ccurl_set_long(easy, CURLOPT_FRESH_CONNECT, 1)
    }
    ccurl_set_string(easy, CURLOPT_CUSTOMREQUEST, request.method)
  }

  private func setBody(_ bytes: [UInt8]) {
    let easy = handle
    // Never empty, as POSTFIELDS of nil means that the read callback is asked.
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, bytes.count), alignment: 1)
    bytes.withUnsafeBytes { copy.copyMemory(from: $0) }
    body = copy
    ccurl_set_long(easy, CURLOPT_POST, 1)
    ccurl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count))
    ccurl_set_pointer(easy, CURLOPT_POSTFIELDS, copy.baseAddress)
  }

  private func setFields(_ request: ClientRequest) {
    // Ended by a colon alone a field is left out: libcurl would add these of its own.
    var absent: Set<String> = ["accept", "content-type"]
    for field in request.fields {
      absent.remove(field.name.lowercased())
      // A field without content is written with a semicolon.
      append(field: field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)")
    }
    append(field: "Expect:")
    for name in absent { append(field: "\(name):") }
    if case .stream(nil) = request.body { append(field: "Transfer-Encoding: chunked") }
    ccurl_set_pointer(handle, CURLOPT_HTTPHEADER, fieldList)
  }

  private func append(field: String) {
    guard let list = curl_slist_append(fieldList, field) else { preconditionFailure("out of memory") }
    fieldList = list
  }
}
