internal import Bytes

/// Where the gateway's WebSocket is: a `ws` or `wss` URL (RFC 6455 section 3), or the `http` or `https` URL of the gateway.
public struct ChatURL: Sendable, Hashable, CustomStringConvertible {
  /// Why a text is no such URL: one sentence without its end. Nothing of a password that stands in it.
  public struct MalformedError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, for people, on one line; nothing of the URL.
    public let description: String
  }

  /// Whether it is over TLS.
  public let isSecure: Bool
  /// A name or address; an IPv6 address without its brackets.
  public let host: String
  let port: UInt16
  /// With its query.
  let path: String

  private init(isSecure: Bool, host: String, port: UInt16, path: String) {
    self.isSecure = isSecure
    self.host = host
    self.port = port
    self.path = path
  }

  /// A gateway with no base path, without TLS.
  ///
  /// - Parameters:
  ///   - host: a name or address; an IPv6 address without brackets.
  ///   - port: 1-65535.
  public init(host: String, port: UInt16) {
    self.init(isSecure: false, host: host, port: port, path: "/ws")
  }

  /// Without a port it is the scheme's, 80 or 443. Of `ws` and `wss` the path is that of the WebSocket; an empty one, and
  /// one that ends with a slash, has `ws` behind it. Of `http` and `https` it is the gateway's base path: it has `/ws`
  /// behind it, unless it ends so.
  public init(_ text: String) throws(MalformedError) {
    guard let scheme = text.range(ofSeparator: "://") else {
      throw MalformedError(description: "takes ws://, wss://, http:// or https://HOST:PORT/PATH")
    }
    let name = text[..<scheme.lowerBound].lowercased()
    guard ["ws", "wss", "http", "https"].contains(name) else {
      throw MalformedError(description: "takes ws://, wss://, http:// and https:// only")
    }
    isSecure = name == "wss" || name == "https"
    let rest = text[scheme.upperBound...]
    guard rest.utf8.allSatisfy({ ASCII.isVisible($0) && $0 != UInt8(ascii: "#") }) else {
      throw MalformedError(description: "takes visible ASCII characters, and no fragment (#)")
    }
    let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
    (host, port) = try Self.authority(rest[..<end], standard: isSecure ? 443 : 80)
    path = Self.path(String(rest[end...]), isBase: name.hasPrefix("http"))
  }

  private static func path(_ text: String, isBase: Bool) -> String {
    let end = text.firstIndex(of: "?") ?? text.endIndex
    let (path, query) = (text[..<end], text[end...])
    if path.isEmpty { return "/ws\(query)" }
    if path.hasSuffix("/") { return "\(path)ws\(query)" }
    return isBase && !path.hasSuffix("/ws") ? "\(path)/ws\(query)" : text
  }

  /// Whether a text has a user name or a password in it, which are not for anybody's eyes.
  public static func hasUser(_ text: String) -> Bool { text.utf8.contains(UInt8(ascii: "@")) }

  private static func authority(_ text: Substring, standard: UInt16) throws(MalformedError) -> (
    String, UInt16
  ) {
    guard !text.contains("@") else {
      throw MalformedError(
        description: "takes no user name and no password, but a key, which does not stand in it")
    }
    var host = text
    var port: UInt16? = standard
    if text.hasPrefix("[") {
      guard let bracket = text.firstIndex(of: "]") else { throw MalformedError(description: "lacks a ]") }
      host = text[text.index(after: text.startIndex)..<bracket]
      let rest = text[text.index(after: bracket)...]
      if !rest.isEmpty { port = rest.first == ":" ? number(rest.dropFirst()) : nil }
    } else if let colon = text.firstIndex(of: ":") {
      host = text[..<colon]
      port = number(text[text.index(after: colon)...])
    }
    guard !host.isEmpty, host.utf8.count <= 255 else { throw MalformedError(description: "takes a host") }
    guard let port else { throw MalformedError(description: "takes a port from 1 to 65535") }
    return (String(host), port)
  }

  private static func number(_ text: Substring) -> UInt16? {
    guard text.utf8.allSatisfy(ASCII.isDigit), let port = UInt16(text), port > 0 else {
      return nil
    }
    return port
  }

  private var hostText: String { host.contains(":") ? "[\(host)]" : host }

  /// The value of `Host`: without the port where that is the scheme's (RFC 9112 section 3.2).
  var hostField: String { port == (isSecure ? 443 : 80) ? hostText : "\(hostText):\(port)" }

  /// The target of the request that joins a session.
  func target(session: String?) -> String {
    guard let session else { return path }
    return "\(path)\(path.contains("?") ? "&" : "?")session_id=\(session)"
  }

  public var description: String { "\(isSecure ? "wss" : "ws")://\(hostText):\(port)\(path)" }
}

extension String {
  fileprivate func range(ofSeparator separator: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(separator) {
        return start..<index(start, offsetBy: separator.count)
      }
      start = index(after: start)
    }
    return nil
  }
}
