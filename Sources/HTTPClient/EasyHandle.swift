internal import CCurl
internal import HTTPFields
internal import System

/// An easy handle of libcurl and the memory that its options point into. It is kept for one transfer after the other:
/// options that are the same for all are set once, and others where they change. Where libcurl's own part cannot be used
/// again (``LibraryVersion``), that part alone is made anew.
///
/// Where libcurl finds no memory the handle notes it, and the transfer is not begun: what it sent could be another request
/// than the one that was asked for.
final class EasyHandle {
  /// nil between ``close()`` and ``open()``, and where there was no memory.
  private(set) var curl: UnsafeMutableRawPointer?
  /// The only one that it is added to.
  unowned let multiHandle: MultiHandle
  /// The transfer that it serves: what libcurl's callbacks look for.
  private(set) var transfer: Transfer?
  /// Whether an option could not be set.
  private var hasFailed = false
  /// Where the last request went; nil where libcurl knows of none.
  private var origin: ServerOrigin?
  private var target = ""
  /// Whether libcurl can send `target` as it is.
  private var isTargetPlain = false
  /// None while libcurl reads whole URLs.
  private var server = ServerURL()
  /// Whether libcurl knows `server`.
  private var isServerSet = false
  private var form: Form?
  private var connectTimeout = 0
  private var bufferSize = 0
  private var forbidsReuse = false
  private var unixSocket: String?
  private var tls: TransferTLS?
  private var fields = HeaderList()
  /// See `EasyHandle+Body.swift`.
  var body = HandleBody()

  /// Where libcurl writes what went wrong, in more than the name of its error (`CURLOPT_ERRORBUFFER`).
  private let errorText = UnsafeMutableBufferPointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

  /// How long libcurl believes what a name was resolved to, in seconds: its default.
  private static let nameLifetime = 60

  /// What decides on the options that concern the method.
  private struct Form: Equatable {
    enum Body { case none, repeatable, stream }

    let method: String
    let body: Body
    let isFresh: Bool

    init(of request: ClientRequest) {
      method = request.method
      isFresh = request.reuse == .none
      body =
        switch request.body {
        // POST says that there is no content by a length of 0 (RFC 9110 section 8.6).
        case .none: request.method == "POST" ? .repeatable : .none
        case .bytes: .repeatable
        case .stream: .stream
        }
    }
  }

  init(multi multiHandle: MultiHandle) {
    self.multiHandle = multiHandle
    errorText[0] = 0
  }

  deinit {
    close()
    body.deallocate()
    errorText.deallocate()
  }

  /// What libcurl says of the transfer's failure; empty where it says nothing.
  var failure: String {
    errorText[errorText.count - 1] = 0
    return String(cString: errorText.baseAddress!)
  }

  /// Gives libcurl's part back, and all that it knows. It is in no multi handle.
  func close() {
    curl_easy_cleanup(curl)
    curl = nil
    origin = nil
    isServerSet = false
    form = nil
    connectTimeout = 0
    bufferSize = 0
    forbidsReuse = false
    unixSocket = nil
    tls = nil
    hasFailed = false
  }

  /// Makes libcurl's part where there is none.
  private func open() {
    guard curl == nil else { return }
    curl = curl_easy_init()
    guard curl != nil else { return }
    setConstants()
    // This implies a method, which is set for each request that follows.
    if let memory = body.memory { setPointer(CURLOPT_POSTFIELDS, memory.baseAddress) }
  }

  private func setConstants() {
    // An empty string, and not nil: otherwise the environment's proxy is used.
    setConstant(CURLOPT_PROXY, "")
    // Without it, libcurl searches the environment for exceptions to the proxy, for each transfer.
    setConstant(CURLOPT_NOPROXY, "*")
    setConstant(CURLOPT_PROTOCOLS_STR, "http,https")
    set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
    set(CURLOPT_NOSIGNAL, 1)
    set(CURLOPT_PATH_AS_IS, 1)
    set(CURLOPT_TCP_NODELAY, 1)
    ccurl_leave_resolver(curl)
    // 64 KiB by default, allocated and freed for each request.
    set(CURLOPT_UPLOAD_BUFFERSIZE, 16 * 1024)
    setPointer(CURLOPT_ERRORBUFFER, errorText.baseAddress)
    let reference = Unmanaged.passUnretained(self).toOpaque()
    setPointer(CURLOPT_PRIVATE, reference)
    note(ccurl_set_data_function(curl, CURLOPT_HEADERFUNCTION, lineArrives))
    setPointer(CURLOPT_HEADERDATA, reference)
    note(ccurl_set_data_function(curl, CURLOPT_WRITEFUNCTION, contentArrives))
    setPointer(CURLOPT_WRITEDATA, reference)
    note(ccurl_set_read_function(curl, contentIsWanted))
    setPointer(CURLOPT_READDATA, reference)
    note(ccurl_set_seek_function(curl, contentIsRewound))
    setPointer(CURLOPT_SEEKDATA, reference)
    note(ccurl_set_socket_function(curl, socketOpens))
    note(ccurl_set_close_socket_function(curl, socketCloses))
    setPointer(CURLOPT_SOCKOPTDATA, reference)
    note(ccurl_set_ready_function(curl, connectionIsReady))
    setPointer(CURLOPT_PREREQDATA, reference)
    // The connection outlives the handle.
    setPointer(CURLOPT_CLOSESOCKETDATA, Unmanaged.passUnretained(multiHandle).toOpaque())
  }

  /// Whether the last transfer has opened a connection.
  private var hasConnected: Bool {
    guard curl != nil else { return false }
    var count = 0
    return ccurl_get_long(curl, CURLINFO_NUM_CONNECTS, &count) != CURLE_OK || count > 0
  }

  /// Sets what is particular to one transfer. It is kept until ``release()``.
  ///
  /// - Returns: false if there is no memory for it.
  func prepare(_ request: ClientRequest, for transfer: Transfer) -> Bool {
    self.transfer = transfer
    errorText[0] = 0
    open()
    prepareURL(request)
    let connectTimeout = connectTimeoutForLibrary(request.timeouts.connect)
    if connectTimeout != self.connectTimeout {
      self.connectTimeout = connectTimeout
      set(CURLOPT_CONNECTTIMEOUT_MS, connectTimeout)
    }
    let bufferSize = request.expectsStream ? 4096 : 16384
    if bufferSize != self.bufferSize {
      self.bufferSize = bufferSize
      set(CURLOPT_BUFFERSIZE, bufferSize)
    }
    if request.unixSocket != unixSocket {
      unixSocket = request.unixSocket
      set(CURLOPT_UNIX_SOCKET_PATH, unixSocket)
    }
    if request.tls !== tls { setTLS(request.tls) }
    prepareMethod(request)
    setReuse(isForbidden: request.method == "HEAD")
    prepareBody(request)
    fields.write(request.fields, host: server.host, framing: request.body.framing)
    setPointer(CURLOPT_HTTPHEADER, fields.list())
    return curl != nil && !hasFailed
  }

  /// Has libcurl close the connection behind the response, where its head was the last of it: content that a server sends all
  /// the same, later, would be the response to the next request.
  func forbidReuse() { setReuse(isForbidden: true) }

  private func setReuse(isForbidden: Bool) {
    guard isForbidden != forbidsReuse else { return }
    forbidsReuse = isForbidden
    set(CURLOPT_FORBID_REUSE, isForbidden ? 1 : 0)
  }

  /// Lets go of the transfer, of a large body, and of what does not serve another transfer.
  func release() {
    transfer = nil
    releaseBody()
    // One that has opened a connection may have done so in place of a stale one. libcurl counts these over a handle's
    // whole life, and the sixth fails its transfer.
    if hasFailed || hasConnected || !LibraryVersion.reusesHandles { close() }
  }

  private func prepareURL(_ request: ClientRequest) {
    // Known of a handle that is made anew as well.
    if !target.hasSameBytes(as: request.target) {
      origin = nil
      target = request.target
      isTargetPlain = RequestURL.isPlainTarget(target)
    }
    if origin == request.origin { return }
    origin = request.origin
    guard isTargetPlain, setServer(request.origin) else {
      server.clear()
      isServerSet = false
      setPointer(CURLOPT_CURLU, nil)
      set(CURLOPT_REQUEST_TARGET, nil as String?)
      set(CURLOPT_URL, String(decoding: request.origin.text, as: UTF8.self) + target)
      set(CURLOPT_DNS_CACHE_TIMEOUT, EasyHandle.nameLifetime)
      return
    }
    set(CURLOPT_REQUEST_TARGET, target)
  }

  /// The time limit that libcurl minds, in milliseconds: one of its own for a server that has a name, so that each of its
  /// addresses gets a share of the time. An address has all of it, and ``Transfer`` minds that: libcurl would go on with its
  /// timer once the connection is there, and move it for each token. Without one it gives up after 300 s. It takes 24 days at
  /// most.
  private func connectTimeoutForLibrary(_ limit: Duration) -> Int {
    if server.isAddress && limit < .seconds(300) { return 0 }
    return Int(min(max(1, limit.wholeNanoseconds / 1_000_000), Int64(Int32.max)))
  }

  /// - Returns: false if libcurl cannot read the URL.
  private func setServer(_ origin: ServerOrigin) -> Bool {
    let isKnown = server.origin == origin
    if isKnown && isServerSet { return true }
    guard isKnown || server.set(origin) else { return false }
    isServerSet = true
    setPointer(CURLOPT_CURLU, UnsafeRawPointer(server.handle))
    // For its messages; the parsed one comes first.
    set(CURLOPT_URL, server.text)
    // An address stays what it is, and libcurl need not look for outdated ones after each transfer.
    set(CURLOPT_DNS_CACHE_TIMEOUT, server.isAddress ? -1 : EasyHandle.nameLifetime)
    return true
  }

  private func setTLS(_ tls: TransferTLS?) {
    self.tls = tls
    set(CURLOPT_CAINFO_BLOB, tls?.authorities)
    // The library would believe those of its folder as well.
    set(CURLOPT_CAPATH, tls?.authorities == nil ? LibraryVersion.authorityFolder : nil)
    set(CURLOPT_SSLCERT_BLOB, tls?.certificate)
    set(CURLOPT_SSLKEY_BLOB, tls?.key)
  }

  private func prepareMethod(_ request: ClientRequest) {
    let form = Form(of: request)
    guard form != self.form else { return }
    let isFirst = self.form == nil
    self.form = form
    // Each of these sets the method, and whether there is a body, which the last takes its own name for where it is another.
    var impliedMethod = "GET"
    if form.body != .none {
      set(CURLOPT_POST, 1)
      impliedMethod = "POST"
    } else {
      set(CURLOPT_HTTPGET, 1)
      if form.method == "HEAD" {
        set(CURLOPT_NOBODY, 1)
        impliedMethod = "HEAD"
      }
    }
    // What was read from the caller cannot be read again: no connection that may turn out stale. A new handle takes what there is, and
    // has no name of its own for a method.
    let isFresh = form.body == .stream || form.isFresh
    if isFresh || !isFirst { set(CURLOPT_FRESH_CONNECT, isFresh ? 1 : 0) }
    let isImplied = form.method == impliedMethod
    if !isImplied || !isFirst { set(CURLOPT_CUSTOMREQUEST, isImplied ? nil : form.method) }
  }
}

// MARK: - Options

extension EasyHandle {
  private func set(_ option: CURLoption, _ value: Int) { note(ccurl_set_long(curl, option, value)) }

  func setPointer(_ option: CURLoption, _ value: UnsafeRawPointer?) {
    note(ccurl_set_pointer(curl, option, value))
  }

  /// libcurl copies the text. As a pointer to where it stands in the program: a String would be copied for the call as well.
  private func setConstant(_ option: CURLoption, _ value: StaticString) {
    setPointer(option, value.utf8Start)
  }

  /// libcurl copies the text. As a pointer to it: a String would be copied for the call as well.
  private func set(_ option: CURLoption, _ value: String?) {
    guard let value else { return setPointer(option, nil) }
    value.withCString { setPointer(option, $0) }
  }

  /// libcurl copies the bytes.
  private func set(_ option: CURLoption, _ value: [UInt8]?) {
    guard let value else { return setPointer(option, nil) }
    value.withUnsafeBytes { note(ccurl_set_blob(curl, option, $0.baseAddress, $0.count)) }
  }

  func setContentLength(_ length: Int) {
    note(ccurl_set_offset(curl, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(length)))
  }

  private func note(_ code: CURLcode) {
    if code != CURLE_OK { hasFailed = true }
  }
}
