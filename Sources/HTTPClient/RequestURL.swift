/// A URL as libcurl is told of it: the server's part, which seldom changes, and the request target, sent as it is.
struct RequestURL {
  /// Bytes of the URL up to the first slash of its path.
  let serverSize: Int

  /// - Returns: nil where libcurl itself must read the URL: it has no path, or a character that does not stand in a request
  ///   target (RFC 9112 section 3.2) or that libcurl would escape.
  init?(_ url: UnsafeBufferPointer<UInt8>) {
    var slashes = 0
    var size: Int?
    for (index, byte) in url.enumerated() {
      guard byte > 0x20, byte < 0x7f, byte != UInt8(ascii: "#") else { return nil }
      guard size == nil else { continue }
      if byte == UInt8(ascii: "?") { return nil }
      if byte == UInt8(ascii: "/") { slashes += 1 }
      // The first two stand after the scheme.
      if slashes == 3 { size = index }
    }
    guard let size else { return nil }
    serverSize = size
  }
}
