internal import Bytes

/// The identifier of an issuer of tokens, or another address that it or we are asked at: `https://`, or `http://` on this machine.
package enum IssuerURL {
  /// Continues "takes …".
  package static let takes =
    "an URL such as https://id.example.org/realm, at most 1024 visible characters of ASCII, without query and fragment; http:// on loopback alone"
  private static let longest = 1024

  /// Whether it is one.
  package static func holds(_ text: String) -> Bool {
    !text.utf8.contains(UInt8(ascii: "?")) && isEndpoint(text)
  }

  /// The same where a query may stand, as issuers say of their endpoints.
  package static func isEndpoint(_ text: String) -> Bool {
    let bytes = text.utf8
    guard bytes.count <= longest, bytes.allSatisfy(ASCII.isVisible),
      !bytes.contains(where: { "#@\\\"<>^`{|}".utf8.contains($0) })
    else { return false }
    if text.hasPrefix("https://") { return host(of: text.dropFirst(8)) != nil }
    guard text.hasPrefix("http://"), let host = host(of: text.dropFirst(7)) else { return false }
    return ["127.0.0.1", "localhost", "[::1]"].contains { $0.utf8.elementsEqual(host.utf8) }
  }

  /// The host of what stands behind the scheme; nil where there is none, or a port that is none.
  private static func host(of rest: Substring) -> Substring? {
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    var host = authority
    let name = authority.first == "[" ? authority.drop { $0 != "]" } : authority
    if let colon = name.firstIndex(of: ":") {
      guard let port = authority[authority.index(after: colon)...].utf8.decimal, (1...65_535).contains(port)
      else { return nil }
      host = authority[..<colon]
    }
    return host.isEmpty ? nil : host
  }
}
