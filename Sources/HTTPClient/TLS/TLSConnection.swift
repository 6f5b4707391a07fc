internal import CCurl

/// A TLS connection over which the caller sends and receives bytes of its own. libcurl looks up the name, connects, shakes
/// hands and checks the certificate, and speaks no HTTP (`CURLOPT_CONNECT_ONLY`, curl_easy_recv(3)). ALPN offers HTTP/1.1.
/// No proxy is used.
///
/// `@unchecked Sendable`: one thread opens the connection and another one uses it; the owner lets only one thread at a time.
public final class TLSConnection: @unchecked Sendable {
  private let curl: UnsafeMutableRawPointer
  /// Where libcurl writes why a call failed (`CURLOPT_ERRORBUFFER`).
  private let detail = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
  /// Bytes that TLS has begun to send. A call that is made again must pass the same bytes in the same place.
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 * 1024, alignment: 1)
  private var unsent = 0..<0

  /// The socket, to wait for. TLS may hold bytes that it has read already, of which the socket tells nothing: call
  /// ``read(into:)`` until it has none.
  public let descriptor: Int32

  /// Connects and shakes hands. Blocks for `timeout` at most.
  ///
  /// - Parameter host: a name or an address, an IPv6 address without its brackets.
  public static func open(
    host: String, port: UInt16, trusting authorities: CertificateAuthorities, timeout: Duration
  ) throws(TLSError) -> TLSConnection {
    guard HTTPClient.globalInitialisation == CURLE_OK, let curl = curl_easy_init() else {
      throw TLSError(CURLE_OUT_OF_MEMORY)
    }
    return try TLSConnection(curl, host, port, authorities, timeout)
  }

  private init(
    _ curl: UnsafeMutableRawPointer, _ host: String, _ port: UInt16, _ authorities: CertificateAuthorities,
    _ timeout: Duration
  ) throws(TLSError) {
    self.curl = curl
    detail.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    var descriptor: Int32 = -1
    var code = TLSConnection.prepare(curl, detail, host, port, authorities, timeout)
    if code == CURLE_OK { code = curl_easy_perform(curl) }
    if code == CURLE_OK { code = ccurl_get_socket(curl, CURLINFO_ACTIVESOCKET, &descriptor) }
    self.descriptor = descriptor
    // What was made until here goes in `deinit`.
    guard code == CURLE_OK, descriptor >= 0 else { throw TLSError(code, String(cString: detail)) }
  }

  deinit {
    curl_easy_cleanup(curl)
    detail.deallocate()
    buffer.deallocate()
  }

  private static func prepare(
    _ curl: UnsafeMutableRawPointer, _ detail: UnsafeMutablePointer<CChar>, _ host: String, _ port: UInt16,
    _ authorities: CertificateAuthorities, _ timeout: Duration
  ) -> CURLcode {
    // Of an IPv6 address with a zone the percent sign is escaped (RFC 6874).
    let name = host.contains(":") ? "[\(host.split(separator: "%").joined(separator: "%25"))]" : host
    let texts: [(CURLoption, String?)] = [
      (CURLOPT_URL, "https://\(name):\(port)/"), (CURLOPT_PROTOCOLS_STR, "https"),
      // An empty string, and not nil: otherwise the environment's proxy is used.
      (CURLOPT_PROXY, ""), (CURLOPT_NOPROXY, "*"),
      (CURLOPT_CAINFO, authorities.file), (CURLOPT_CAPATH, authorities.directory),
    ]
    let numbers: [(CURLoption, Int)] = [
      (CURLOPT_CONNECT_ONLY, 1), (CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)),
      (CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2)), (CURLOPT_SSL_VERIFYPEER, 1),
      (CURLOPT_SSL_VERIFYHOST, 2), (CURLOPT_TCP_NODELAY, 1), (CURLOPT_NOSIGNAL, 1),
      (CURLOPT_CONNECTTIMEOUT_MS, Int(timeout / .milliseconds(1))),
    ]
    ccurl_leave_resolver(curl)
    var code = ccurl_set_pointer(curl, CURLOPT_ERRORBUFFER, detail)
    for (option, text) in texts where code == CURLE_OK {
      // Where nothing is said the library's own stays.
      if let text { code = ccurl_set_string(curl, option, text) }
    }
    for (option, number) in numbers where code == CURLE_OK { code = ccurl_set_long(curl, option, number) }
    return code
  }

  /// Reads what has come. It is to be called until there is nothing: the socket tells of what it holds, and not of what
  /// TLS does.
  ///
  /// - Returns: how many bytes; 0 at the end of the connection, `nil` where there is nothing now.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(TLSError) -> Int? {
    var count = 0
    let code = curl_easy_recv(curl, buffer.baseAddress, buffer.count, &count)
    if code == CURLE_AGAIN { return nil }
    guard code == CURLE_OK else { throw TLSError(code, String(cString: detail)) }
    return count
  }

  /// Whether bytes that were taken wait to be sent: once the socket is writable, ``write(_:)`` is to be called, with
  /// nothing where nothing is to be said.
  public var hasUnsent: Bool { !unsent.isEmpty }

  /// Takes bytes, and sends what the socket lets it.
  ///
  /// - Returns: how many bytes were taken.
  public func write(_ bytes: UnsafeRawBufferPointer) throws(TLSError) -> Int {
    var taken = 0
    while try flush(), taken < bytes.count {
      let part = UnsafeRawBufferPointer(rebasing: bytes[taken...].prefix(buffer.count))
      buffer.copyMemory(from: part)
      unsent = 0..<part.count
      taken += part.count
    }
    return taken
  }

  /// - Returns: whether all that was taken is sent.
  private func flush() throws(TLSError) -> Bool {
    while !unsent.isEmpty {
      let rest = UnsafeRawBufferPointer(rebasing: buffer[unsent])
      var count = 0
      let code = curl_easy_send(curl, rest.baseAddress, rest.count, &count)
      if code == CURLE_AGAIN { return false }
      guard code == CURLE_OK else { throw TLSError(code, String(cString: detail)) }
      unsent = min(unsent.lowerBound + count, unsent.upperBound)..<unsent.upperBound
    }
    return true
  }
}
