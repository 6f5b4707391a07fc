import Access
internal import Bytes
internal import System

extension OllamaURL {
  private static let longest = 2048

  /// Reads `http://HOST:PORT`, `https://HOST/prefix`, `HOST:PORT`, `HOST`. Without a scheme it is http at ``standardPort``;
  /// with one the port is the scheme's own. Nil for another scheme, user information, a query, a fragment or a bad host.
  public init?(_ text: String) {
    guard text.utf8.count <= Self.longest, let parts = Parts(text) else { return nil }
    // An empty port (`http:/gpu` has one) is a slip.
    guard let authority = Authority(parts.authority) ?? Self.bareIPv6(parts.authority), authority.port != 0,
      !parts.authority.hasSuffix(":") || parts.authority.hasSuffix("::")
    else { return nil }
    self.init(
      scheme: parts.scheme, host: authority.host, port: authority.port ?? parts.defaultPort, path: parts.path)
  }

  /// Reads the environment variable `OLLAMA_HOST` the way Ollama's own clients do (`envconfig.Host` of Ollama): white
  /// space, quotes and white space within these are dropped, `http` and `https` change the default port, a port that is
  /// none is replaced by the default one (`isPortBad` then says so). Nil when no host can be made out.
  static func fromOllamaHost(_ text: String) -> (url: OllamaURL, isPortBad: Bool)? {
    let quoted = text.trimmed(\.isWhitespace)
    let bare = String(quoted.trimmed { $0 == "\"" || $0 == "'" }.trimmed(\.isWhitespace))
    guard !bare.isEmpty, bare.utf8.count <= longest else { return nil }
    if bare == "ollama.com" { return OllamaURL("https://ollama.com").map { ($0, false) } }
    guard let parts = Parts(bare) else { return nil }
    let text = parts.authority.isEmpty ? "127.0.0.1" : parts.authority
    if let authority = Authority(text) ?? bareIPv6(text) {
      // A server may be told to take any port; a client has to name one.
      let isPortBad = authority.port == 0
      let port = isPortBad ? parts.defaultPort : authority.port ?? parts.defaultPort
      return (
        OllamaURL(scheme: parts.scheme, host: authority.host, port: port, path: parts.path), isPortBad
      )
    }
    guard let colon = text.lastIndex(of: ":") else { return nil }
    let host = text[..<colon].isEmpty ? "127.0.0.1" : String(text[..<colon])
    guard let authority = Authority(host), authority.port == nil else { return nil }
    // `:11434` is this machine's; only the port can be wrong then.
    let named = text[..<colon].isEmpty ? Authority("x" + text[colon...])?.port : nil
    let port = named == 0 ? nil : named
    let url = OllamaURL(
      scheme: parts.scheme, host: authority.host, port: port ?? parts.defaultPort, path: parts.path)
    return (url, port == nil)
  }

  private static func bareIPv6(_ text: String) -> Authority? {
    guard let address = IPAddress(text) else { return nil }
    return Authority(host: .address(address), port: nil)
  }

  /// `scheme://authority/path`, taken apart but for the authority.
  private struct Parts {
    let scheme: Scheme
    let defaultPort: UInt16
    let authority: String
    let path: String

    init?(_ text: String) {
      var rest = text[...]
      if let mark = text.firstRange(of: "://") {
        guard let scheme = Scheme(rawValue: text[..<mark.lowerBound].lowercased()) else { return nil }
        self.scheme = scheme
        defaultPort = scheme == .http ? 80 : 443
        rest = text[mark.upperBound...]
      } else {
        scheme = .http
        defaultPort = OllamaURL.standardPort
      }
      let slash = rest.firstIndex(of: "/") ?? rest.endIndex
      authority = String(rest[..<slash])
      path = String(rest[slash...].trimmedAtEnd { $0 == "/" })
      // What RFC 3986 allows in a path, percent signs among it, and no `..` that would change what we append. Behind an `@` would be the
      // host of a URL whose password has a slash, and it is shown.
      let isPlain = path.utf8.allSatisfy { byte in
        ASCII.isVisible(byte) && !#"?#"<>\^`{|}@"#.utf8.contains(byte)
      }
      guard isPlain, !path.split(separator: "/").contains("..") else { return nil }
    }
  }
}
