internal import CCurl
internal import EventLoop
internal import HTTPFields

/// An easy handle of libcurl and the memory that its options point into. Handles are kept for reuse: options that are
/// the same for all transfers are set once, and others where they change.
final class EasyHandle {
  let curl: UnsafeMutableRawPointer
  /// The only one that it is added to.
  unowned let multiHandle: MultiHandle
  /// The transfer that it serves: what libcurl's callbacks look for.
  private(set) var transfer: Transfer?
  /// Of the last request.
  private var url: [UInt8] = []
  /// Empty while libcurl reads whole URLs.
  private var server = ServerURL()
  private var form: Form?
  private var connectTimeout = 0
  private var bufferSize = 0
  private var fields = HeaderList()
  /// The body that libcurl sends (`CURLOPT_POSTFIELDS`), in memory that stays where it is.
  private var content: UnsafeMutableRawBufferPointer?

  /// Bytes of a body's memory that is kept for the next one.
  private static let keptContent = 4096
  /// Bytes of a body that libcurl surely sends without asking for leave: it does from 1 MiB on.
  private static let smallContent = 64 * 1024

  /// How long libcurl believes what a name was resolved to, in seconds: its default.
  private static let nameLifetime = 60

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
    guard let curl = curl_easy_init() else { preconditionFailure("out of memory") }
    self.curl = curl
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
    fields.write(request.fields, host: server.host, framing: framing(of: request.body))
    ccurl_set_pointer(curl, CURLOPT_HTTPHEADER, fields.list())
  }

  /// Lets go of the transfer, and of a large body.
  func release() {
    transfer = nil
    if let content, content.count > EasyHandle.keptContent { dropContent() }
  }

  private func prepareURL(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard !EasyHandle.isEqual(bytes, url) else { return }
    url = Array(bytes)
    guard let url = RequestURL(bytes), setServer(UnsafeBufferPointer(rebasing: bytes[..<url.serverSize]))
    else {
      server.clear()
      ccurl_set_pointer(curl, CURLOPT_CURLU, nil)
      ccurl_set_string(curl, CURLOPT_REQUEST_TARGET, nil)
      ccurl_set_string(curl, CURLOPT_URL, String(decoding: bytes, as: UTF8.self))
      ccurl_set_long(curl, CURLOPT_DNS_CACHE_TIMEOUT, EasyHandle.nameLifetime)
      return
    }
    ccurl_set_string(
      curl, CURLOPT_REQUEST_TARGET, String(decoding: bytes[url.serverSize...], as: UTF8.self))
  }

  private static func isEqual(_ bytes: UnsafeBufferPointer<UInt8>, _ other: [UInt8]) -> Bool {
    other.withUnsafeBytes { UnsafeRawBufferPointer(bytes).isEqual(to: $0) }
  }

  /// The time limit that libcurl minds, in milliseconds: one of its own for a server that has a name, so that each of its
  /// addresses gets a share of the time. An address has all of it, and ``Transfer`` minds that: libcurl would go on with its
  /// timer once the connection is there, and move it for each token. Without one it gives up after 300 s.
  private func connectTimeoutForLibrary(_ limit: Duration) -> Int {
    server.isAddress && limit < .seconds(300) ? 0 : max(1, Int(limit.milliseconds))
  }

  /// - Returns: false if libcurl cannot read the URL.
  private func setServer(_ url: UnsafeBufferPointer<UInt8>) -> Bool {
    if EasyHandle.isEqual(url, server.text) { return true }
    guard server.set(url) else { return false }
    ccurl_set_pointer(curl, CURLOPT_CURLU, UnsafeRawPointer(server.handle))
    // For its messages; the parsed one comes first.
    ccurl_set_string(curl, CURLOPT_URL, String(decoding: url, as: UTF8.self))
    // An address stays what it is, and libcurl need not look for outdated ones after each transfer.
    ccurl_set_long(curl, CURLOPT_DNS_CACHE_TIMEOUT, server.isAddress ? -1 : EasyHandle.nameLifetime)
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
      // With one, the read callback would not be asked.
      dropContent()
      ccurl_set_offset(curl, CURLOPT_POSTFIELDSIZE_LARGE, length.map { curl_off_t($0) } ?? -1)
    }
  }

  private func framing(of body: ClientRequest.Body) -> HeaderList.Framing {
    switch body {
    case .stream(nil): .chunked
    case .stream: .large
    case .bytes(let bytes): bytes.count > EasyHandle.smallContent ? .large : .small
    case .none: .small
    }
  }

  /// Copies a body to where it stays until ``release()``.
  private func prepareContent(_ bytes: [UInt8]) {
    let memory = contentMemory(for: bytes.count)
    bytes.withUnsafeBytes { memory.copyMemory(from: $0) }
    ccurl_set_offset(curl, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count))
  }

  private func contentMemory(for count: Int) -> UnsafeMutableRawBufferPointer {
    if let content, content.count >= count { return content }
    dropContent()
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(count, 1024), alignment: 1)
    content = memory
    ccurl_set_pointer(curl, CURLOPT_POSTFIELDS, memory.baseAddress)
    return memory
  }

  private func dropContent() {
    guard let content else { return }
    ccurl_set_pointer(curl, CURLOPT_POSTFIELDS, nil)
    content.deallocate()
    self.content = nil
  }
}
