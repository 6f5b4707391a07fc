internal import CCurl
internal import EventLoop
internal import Glibc
internal import HTTPFields

/// An easy handle of libcurl and the memory that its options point into. Handles are kept for reuse: options that are
/// the same for all transfers are set once.
final class EasyHandle {
  let curl: UnsafeMutableRawPointer
  /// What `CURLOPT_CURLU` points to, and its text; empty while libcurl reads whole URLs.
  private let serverURL: OpaquePointer
  private var server: [UInt8] = []
  private var fields = HeaderList()
  private var content: UnsafeMutableRawBufferPointer?

  init() {
    guard let curl = curl_easy_init(), let serverURL = curl_url() else {
      preconditionFailure("out of memory")
    }
    self.curl = curl
    self.serverURL = serverURL
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
    ccurl_set_data_function(curl, CURLOPT_HEADERFUNCTION, lineArrives)
    ccurl_set_data_function(curl, CURLOPT_WRITEFUNCTION, contentArrives)
    ccurl_set_read_function(curl, contentIsWanted)
    ccurl_set_socket_function(curl, socketOpens)
    ccurl_set_close_socket_function(curl, socketCloses)
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

  /// Sets what is particular to one transfer. `transfer` and `client` are what the callbacks get.
  func prepare(
    _ request: ClientRequest, transfer: UnsafeMutableRawPointer, client: UnsafeMutableRawPointer
  ) {
    ccurl_set_pointer(curl, CURLOPT_PRIVATE, transfer)
    ccurl_set_pointer(curl, CURLOPT_HEADERDATA, transfer)
    ccurl_set_pointer(curl, CURLOPT_WRITEDATA, transfer)
    ccurl_set_pointer(curl, CURLOPT_READDATA, transfer)
    ccurl_set_pointer(curl, CURLOPT_SOCKOPTDATA, client)
    ccurl_set_pointer(curl, CURLOPT_CLOSESOCKETDATA, client)
    request.url.withCString { prepareURL($0) }
    ccurl_set_long(curl, CURLOPT_CONNECTTIMEOUT_MS, max(1, Int(request.timeouts.connect.milliseconds)))
    ccurl_set_long(curl, CURLOPT_BUFFERSIZE, request.expectsStream ? 4096 : 16384)
    prepareMethodAndBody(request)
    prepareFields(request)
  }

  /// Lets go of the body, which may be large.
  func release() {
    ccurl_set_pointer(curl, CURLOPT_POSTFIELDS, nil)
    content?.deallocate()
    content = nil
  }

  /// Of each URL that it is given as text libcurl makes parts, and of these a text again: a fifth of all that it does for
  /// a small request. So the server's part is parsed once.
  private func prepareURL(_ text: UnsafePointer<CChar>) {
    let bytes = UnsafeRawBufferPointer(start: text, count: strlen(text)).assumingMemoryBound(to: UInt8.self)
    guard let url = RequestURL(bytes), setServer(UnsafeBufferPointer(rebasing: bytes[..<url.serverSize]))
    else {
      ccurl_set_pointer(curl, CURLOPT_CURLU, nil)
      ccurl_set_string(curl, CURLOPT_REQUEST_TARGET, nil)
      ccurl_set_string(curl, CURLOPT_URL, text)
      server = []
      return
    }
    ccurl_set_string(curl, CURLOPT_REQUEST_TARGET, text + url.serverSize)
  }

  /// - Returns: false if libcurl cannot read the URL.
  private func setServer(_ url: UnsafeBufferPointer<UInt8>) -> Bool {
    if url.elementsEqual(server) { return true }
    server = []
    let text = String(decoding: url, as: UTF8.self)
    guard curl_url_set(serverURL, CURLUPART_URL, text, 0) == CURLUE_OK else { return false }
    ccurl_set_pointer(curl, CURLOPT_CURLU, UnsafeRawPointer(serverURL))
    // For its messages; the parsed one comes first.
    ccurl_set_string(curl, CURLOPT_URL, text)
    server = Array(url)
    return true
  }

  private func prepareMethodAndBody(_ request: ClientRequest) {
    // Each of these sets the method, which the last takes its own name for where it is another.
    ccurl_set_long(curl, CURLOPT_NOBODY, 0)
    ccurl_set_long(curl, CURLOPT_HTTPGET, 1)
    var impliedMethod = "GET"
    var needsFreshConnection = false
    switch request.body {
    case .none where request.method == "HEAD":
      ccurl_set_long(curl, CURLOPT_NOBODY, 1)
      impliedMethod = "HEAD"
    case .none where request.method == "POST":
      prepareContent([])
      impliedMethod = "POST"
    case .none: break
    case .bytes(let bytes):
      prepareContent(bytes)
      impliedMethod = "POST"
    case .stream(let length):
      ccurl_set_long(curl, CURLOPT_POST, 1)
      ccurl_set_pointer(curl, CURLOPT_POSTFIELDS, nil)
      ccurl_set_offset(curl, CURLOPT_POSTFIELDSIZE_LARGE, length.map { curl_off_t($0) } ?? -1)
      impliedMethod = "POST"
      // What was read from the caller cannot be read again: no connection that may turn out stale.
      needsFreshConnection = true
    }
    ccurl_set_long(curl, CURLOPT_FRESH_CONNECT, needsFreshConnection ? 1 : 0)
    if request.method == impliedMethod {
      ccurl_set_string(curl, CURLOPT_CUSTOMREQUEST, nil)
    } else {
      ccurl_set_string(curl, CURLOPT_CUSTOMREQUEST, request.method)
    }
  }

  /// A copy in memory that stays where it is until ``release()``.
  private func prepareContent(_ bytes: [UInt8]) {
    // Never empty, as no POSTFIELDS means that the read callback is asked.
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, bytes.count), alignment: 1)
    bytes.withUnsafeBytes { copy.copyMemory(from: $0) }
    content = copy
    ccurl_set_long(curl, CURLOPT_POST, 1)
    ccurl_set_offset(curl, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count))
    ccurl_set_pointer(curl, CURLOPT_POSTFIELDS, copy.baseAddress)
  }

  private func prepareFields(_ request: ClientRequest) {
    fields.removeAll()
    var hasAccept = false
    var hasContentType = false
    request.fields.withEachField { field in
      if field.isNamed("accept") { hasAccept = true }
      if field.isNamed("content-type") { hasContentType = true }
      fields.append(field)
    }
    // Fields that libcurl would add of its own.
    if case .none = request.body {} else { fields.suppress("Expect") }
    if !hasAccept { fields.suppress("Accept") }
    if !hasContentType { fields.suppress("Content-Type") }
    if case .stream(nil) = request.body { fields.append("Transfer-Encoding: chunked") }
    ccurl_set_pointer(curl, CURLOPT_HTTPHEADER, fields.list())
  }
}
