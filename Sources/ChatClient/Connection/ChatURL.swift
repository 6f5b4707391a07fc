/// Where the gateway's WebSocket is: a `ws` URL (RFC 6455 section 3).
public struct ChatURL: Sendable, Hashable, CustomStringConvertible {
  /// Why a text is no such URL: one sentence without its end.
  public struct Malformed: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String
  }

  /// The gateway's own default.
  public static let standard = ChatURL(host: "127.0.0.1", port: 10200, path: "/ws")

  /// A name or address; an IPv6 address without its brackets.
  let host: String
  let port: UInt16
  /// With its query.
  let path: String

  private init(host: String, port: UInt16, path: String) {
    self.host = host
    self.port = port
    self.path = path
  }

  /// Without a port it is 80, without a path `/ws`.
  public init(_ text: String) throws(Malformed) {
    guard let scheme = text.range(ofSeparator: "://") else {
      throw Malformed(description: "takes ws://HOST:PORT/PATH")
    }
    switch text[..<scheme.lowerBound].lowercased() {
    case "ws": break
    case "wss": throw Malformed(description: "wss:// is not supported: takes ws:// only, without TLS")
    default: throw Malformed(description: "takes ws:// only")
    }
    let rest = text[scheme.upperBound...]
    guard rest.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "#") }) else {
      throw Malformed(description: "takes visible ASCII characters, and no fragment (#)")
    }
    let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
    (host, port) = try Self.authority(rest[..<end])
    let path = rest[end...]
    self.path = path.isEmpty || path == "/" ? "/ws" : path.hasPrefix("?") ? "/ws\(path)" : String(path)
  }

  private static func authority(_ text: Substring) throws(Malformed) -> (String, UInt16) {
    guard !text.contains("@") else { throw Malformed(description: "takes no user name") }
    var host = text
    var port: UInt16? = 80
    if text.hasPrefix("[") {
      guard let bracket = text.firstIndex(of: "]") else { throw Malformed(description: "lacks a ]") }
      host = text[text.index(after: text.startIndex)..<bracket]
      let rest = text[text.index(after: bracket)...]
      if !rest.isEmpty { port = rest.first == ":" ? number(rest.dropFirst()) : nil }
    } else if let colon = text.firstIndex(of: ":") {
      host = text[..<colon]
      port = number(text[text.index(after: colon)...])
    }
    guard !host.isEmpty, host.utf8.count <= 255 else { throw Malformed(description: "takes a host") }
    guard let port else { throw Malformed(description: "takes a port from 1 to 65535") }
    return (String(host), port)
  }

  private static func number(_ text: Substring) -> UInt16? {
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(text), port > 0 else {
      return nil
    }
    return port
  }

  /// The value of `Host`.
  var authority: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }

  /// The target of the request that joins a session.
  func target(session: String?) -> String {
    guard let session else { return path }
    return "\(path)\(path.contains("?") ? "&" : "?")session_id=\(session)"
  }

  public var description: String { "ws://\(authority)\(path)" }
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
