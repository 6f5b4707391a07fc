internal import Bytes
internal import CCurl

/// The server's part of a URL, up to its path: parsed once for all of a server's requests.
///
/// Of each URL that libcurl is given as text it makes parts, and of these a text again: a fifth of all that it does for a
/// small request.
struct ServerURL: ~Copyable {
  /// What `CURLOPT_CURLU` points to; nil where there was no memory for it.
  private(set) var handle: OpaquePointer?
  /// nil while there is none.
  private(set) var origin: ServerOrigin?
  /// What was parsed.
  private(set) var text = ""
  /// The value of `Host` that libcurl would make of it; empty where only libcurl knows it.
  private(set) var host: [UInt8] = []
  /// Whether the server is given by its address.
  private(set) var isAddress = false

  init() {}

  deinit { curl_url_cleanup(handle) }

  /// - Returns: false if libcurl cannot read the URL.
  mutating func set(_ origin: ServerOrigin) -> Bool {
    clear()
    if handle == nil { handle = curl_url() }
    text = String(decoding: origin.text, as: UTF8.self)
    guard curl_url_set(handle, CURLUPART_URL, text, 0) == CURLUE_OK else { return false }
    self.origin = origin
    isAddress = ServerURL.isAddress(origin.text)
    host = makeHost()
    return true
  }

  mutating func clear() {
    origin = nil
    text = ""
    host = []
    isAddress = false
  }

  /// RFC 9110 section 7.2: as libcurl does it, of the same parts. An international name it would write in another way.
  private func makeHost() -> [UInt8] {
    guard var host = part(CURLUPART_HOST), !host.isEmpty, host.allSatisfy(ASCII.isVisible) else {
      return []
    }
    // None where it is the scheme's own.
    if let port = part(CURLUPART_PORT) { host += [UInt8(ascii: ":")] + port }
    return host
  }

  private func part(_ part: CURLUPart) -> [UInt8]? {
    var text: UnsafeMutablePointer<CChar>?
    guard curl_url_get(handle, part, &text, UInt32(CURLU_NO_DEFAULT_PORT)) == CURLUE_OK, let text else {
      return nil
    }
    defer { curl_free(text) }
    return Array(String(cString: text).utf8)
  }

  private static func isAddress(_ url: [UInt8]) -> Bool {
    let authority = url.drop { $0 != UInt8(ascii: "/") }.dropFirst(2)
    return authority.first == UInt8(ascii: "[")
      || !authority.isEmpty && authority.allSatisfy { $0 >= UInt8(ascii: ".") && $0 <= UInt8(ascii: ":") }
  }
}
