internal import CCurl
internal import EventLoop

/// An easy handle of libcurl and the memory that its options point into. Handles are kept for reuse: options that are
/// the same for all transfers are set once, and others where they change.
final class EasyHandle {
  let curl: UnsafeMutableRawPointer
  /// The only one that it is added to.
  unowned let multiHandle: MultiHandle
  /// The transfer that it serves: what libcurl's callbacks look for.
  private(set) var transfer: Transfer?
  /// What `CURLOPT_CURLU` points to, and its text; empty while libcurl reads whole URLs.
  private let serverURL: OpaquePointer
  private var server: [UInt8] = []
  /// Of the last request; empty while libcurl reads whole URLs.
  private var target: [UInt8] = []
  private var form: Form?
  private var connectTimeout = 0
  private var bufferSize = 0
  private var fields = HeaderList()
  private var content: UnsafeMutableRawBufferPointer?

  /// What decides on the options that concern the method.
  private struct Form: Equatable {
    enum Body { case none, bytes, stream }

    let method: String
    let body: Body

    init(of request: ClientRequest) {
      method = request.method
      body =
        switch request.body {
        // POST says that there is no content by a length of 0 (RFC 9110 section 8.6).
        case .none: request.method == "POST" ? .bytes : .none
        case .bytes: .bytes
        case .stream: .stream
        }
    }
  }

  init(multi multiHandle: MultiHandle) {
    guard let curl = curl_easy_init(), let serverURL = curl_url() else {
      preconditionFailure("out of memory")
    }
    self.curl = curl
    self.serverURL = serverURL
    self.multiHandle = multiHandle
    // An empty string, and not nil: otherwise the environment's proxy is used.
    ccurl_set_string(curl, CURLOPT_PROXY, "")
    // Without it, libcurl searches the environment for exceptions to the proxy, for each transfer.
    ccurl_set_string(curl, CURLOPT_NOPROXY, "*")
    ccurl_set_string(curl, CURLOPT_PROTOCOLS_STR, "http,https")
    ccurl_set_long(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
    ccurl_set_long(curl, CURLOPT_NOSIGNAL, 1)
    ccurl_set_long(curl, CURLOPT_PATH_AS_IS, 1)
    ccurl_set_long(curl, CURLOPT_TCP_NODELAY, 1)
    ccurl_leave_resolver(curl)
    // 64 KiB by default, allocated and freed for each request.
    ccurl_set_long(curl, CURLOPT_UPLOAD_BUFFERSIZE, 16 * 1024)
    let reference = Unmanaged.passUnretained(self).toOpaque()
    ccurl_set_pointer(curl, CURLOPT_PRIVATE, reference)
    ccurl_set_data_function(curl, CURLOPT_HEADERFUNCTION, lineArrives)
    ccurl_set_pointer(curl, CURLOPT_HEADERDATA, reference)
    ccurl_set_data_function(curl, CURLOPT_WRITEFUNCTION, contentArrives)
    ccurl_set_pointer(curl, CURLOPT_WRITEDATA, reference)
    ccurl_set_read_function(curl, contentIsWanted)
    ccurl_set_pointer(curl, CURLOPT_READDATA, reference)
    ccurl_set_socket_function(curl, socketOpens)
    ccurl_set_close_socket_function(curl, socketCloses)
    ccurl_set_pointer(curl, CURLOPT_SOCKOPTDATA, reference)
    ccurl_set_ready_function(curl, connectionIsReady)
    ccurl_set_pointer(curl, CURLOPT_PREREQDATA, reference)
    // The connection outlives the handle.
    ccurl_set_pointer(curl, CURLOPT_CLOSESOCKETDATA, Unmanaged.passUnretained(multiHandle).toOpaque())
  }

  deinit {
    curl_easy_cleanup(curl)
    curl_url_cleanup(serverURL)
    content?.deallocate()
  }

  /// Whether the last transfer has opened a connection.
  var hasConnected: Bool {
    var count = 0
    return ccurl_get_long(curl, CURLINFO_NUM_CONNECTS, &count) != CURLE_OK || count > 0
  }

  /// Sets what is particular to one transfer. It is kept until ``release()``.
  func prepare(_ request: ClientRequest, for transfer: Transfer) {
    self.transfer = transfer
    var url = request.url
    url.withUTF8 { prepareURL($0) }
    let connectTimeout = connectTimeoutForLibrary(request.timeouts.connect)
    if connectTimeout != self.connectTimeout {
      self.connectTimeout = connectTimeout
      ccurl_set_long(curl, CURLOPT_CONNECTTIMEOUT_MS, connectTimeout)
    }
    let bufferSize = request.expectsStream ? 4096 : 16384
    if bufferSize != self.bufferSize {
      self.bufferSize = bufferSize
      ccurl_set_long(curl, CURLOPT_BUFFERSIZE, bufferSize)
    }
    prepareMethod(request)
    prepareBody(request)
    let isChunked = if case .stream(nil) = request.body { true } else { false }
    fields.write(request.fields, isChunked: isChunked)
    ccurl_set_pointer(curl, CURLOPT_HTTPHEADER, fields.list())
  }

  /// Lets go of the transfer and of the body, which may be large.
  func release() {
    transfer = nil
    guard let content else { return }
    ccurl_set_pointer(curl, CURLOPT_POSTFIELDS, nil)
    content.deallocate()
    self.content = nil
  }

  /// Of each URL that it is given as text libcurl makes parts, and of these a text again: a fifth of all that it does for
  /// a small request. So the server's part is parsed once.
  private func prepareURL(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard let url = RequestURL(bytes), setServer(UnsafeBufferPointer(rebasing: bytes[..<url.serverSize]))
    else {
      ccurl_set_pointer(curl, CURLOPT_CURLU, nil)
      ccurl_set_string(curl, CURLOPT_REQUEST_TARGET, nil)
      ccurl_set_string(curl, CURLOPT_URL, String(decoding: bytes, as: UTF8.self))
      server = []
      target = []
      return
    }
    let target = bytes[url.serverSize...]
    guard !target.elementsEqual(self.target) else { return }
    self.target = Array(target)
    ccurl_set_string(curl, CURLOPT_REQUEST_TARGET, String(decoding: target, as: UTF8.self))
  }

  /// The time limit that libcurl minds, in milliseconds: one of its own for a server that has a name, so that each of its
  /// addresses gets a share of the time. An address has all of it, and ``Transfer`` minds that: libcurl would go on with its
  /// timer once the connection is there, and move it for each token. Without one it gives up after 300 s.
  private func connectTimeoutForLibrary(_ limit: Duration) -> Int {
    hasAddress && limit < .seconds(300) ? 0 : max(1, Int(limit.milliseconds))
  }

  /// Whether the server is given by its address.
  private var hasAddress: Bool {
    let authority = server.drop { $0 != UInt8(ascii: "/") }.dropFirst(2)
    return authority.first == UInt8(ascii: "[")
      || !authority.isEmpty && authority.allSatisfy { $0 >= UInt8(ascii: ".") && $0 <= UInt8(ascii: ":") }
  }

  /// - Returns: false if libcurl cannot read the URL.
  private func setServer(_ url: UnsafeBufferPointer<UInt8>) -> Bool {
    if url.elementsEqual(server) { return true }
    server = []
    target = []
    let text = String(decoding: url, as: UTF8.self)
    guard curl_url_set(serverURL, CURLUPART_URL, text, 0) == CURLUE_OK else { return false }
    ccurl_set_pointer(curl, CURLOPT_CURLU, UnsafeRawPointer(serverURL))
    // For its messages; the parsed one comes first.
    ccurl_set_string(curl, CURLOPT_URL, text)
    server = Array(url)
    return true
  }

  private func prepareMethod(_ request: ClientRequest) {
    let form = Form(of: request)
    guard form != self.form else { return }
    self.form = form
    // Each of these sets the method, which the last takes its own name for where it is another.
    ccurl_set_long(curl, CURLOPT_NOBODY, 0)
    ccurl_set_long(curl, CURLOPT_HTTPGET, 1)
    var impliedMethod = "GET"
    if form.body != .none {
      ccurl_set_long(curl, CURLOPT_POST, 1)
      impliedMethod = "POST"
    } else if form.method == "HEAD" {
      ccurl_set_long(curl, CURLOPT_NOBODY, 1)
      impliedMethod = "HEAD"
    }
    // What was read from the caller cannot be read again: no connection that may turn out stale.
    ccurl_set_long(curl, CURLOPT_FRESH_CONNECT, form.body == .stream ? 1 : 0)
    ccurl_set_string(curl, CURLOPT_CUSTOMREQUEST, form.method == impliedMethod ? nil : form.method)
  }

  private func prepareBody(_ request: ClientRequest) {
    switch request.body {
    case .none where request.method == "POST": prepareContent([])
    case .none: break
    case .bytes(let bytes): prepareContent(bytes)
    case .stream(let length):
      ccurl_set_offset(curl, CURLOPT_POSTFIELDSIZE_LARGE, length.map { curl_off_t($0) } ?? -1)
    }
  }

  /// A copy in memory that stays where it is until ``release()``.
  private func prepareContent(_ bytes: [UInt8]) {
    // Never empty, as no POSTFIELDS means that the read callback is asked.
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, bytes.count), alignment: 1)
    bytes.withUnsafeBytes { copy.copyMemory(from: $0) }
    content = copy
    ccurl_set_offset(curl, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count))
    ccurl_set_pointer(curl, CURLOPT_POSTFIELDS, copy.baseAddress)
  }
}
