internal import Bytes

/// A URL taken apart: the server's part, which seldom changes, and the request target, sent as it is.
package struct RequestURL {
  package let origin: ServerOrigin
  /// Path and query; empty where libcurl itself must read the URL, all of which is the origin then.
  package let target: String

  package init(_ url: String) {
    let bytes = Array(url.utf8)
    let targetStart = RequestURL.targetStart(in: bytes)
    origin = ServerOrigin(bytes: bytes[..<(targetStart ?? bytes.count)])
    target = targetStart.map { String(decoding: bytes[$0...], as: UTF8.self) } ?? ""
  }

  /// Up to the first slash of the path.
  private static func targetStart(in url: [UInt8]) -> Int? {
    var slashes = 0
    for (index, byte) in url.enumerated() {
      guard isPlain(byte), byte != UInt8(ascii: "?") else { return nil }
      if byte == UInt8(ascii: "/") { slashes += 1 }
      // The first two stand after the scheme.
      if slashes == 3 { return url[index...].allSatisfy(isPlain) ? index : nil }
    }
    return nil
  }

  /// Whether libcurl can send the target as it is: nothing is in it that does not stand in one (RFC 9112 section 3.2), or
  /// that libcurl would escape.
  static func isPlainTarget(_ target: String) -> Bool {
    guard target.utf8.first == UInt8(ascii: "/") else { return false }
    // Where the bytes lie in one piece, as nearly all do, each takes a fraction of the time.
    return target.utf8.withContiguousStorageIfAvailable { $0.allSatisfy(isPlain) }
      ?? target.utf8.allSatisfy(isPlain)
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    ASCII.isVisible(byte) && byte != UInt8(ascii: "#")
  }
}
