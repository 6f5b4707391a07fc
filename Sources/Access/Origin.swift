internal import Bytes

/// A web origin (RFC 6454): scheme, host and port, canonical, so that two spellings compare equal.
public struct Origin: Hashable, Sendable {
  /// The scheme in lower case: `http`, `https`, or an application's own (`tauri`, `chrome-extension`).
  public let scheme: String
  /// The host, canonical.
  public let host: Authority.Host
  /// The port. The scheme's own (80, 443) when none is written; nil for a scheme that has none.
  public let port: UInt16?

  /// The most bytes of an Origin header that is read.
  static let longest = 512

  /// Reads an Origin header's value: `https://chat.example.org`, `http://[::1]:8080`, `tauri://localhost`. Nil for
  /// anything else, `null` and anything with a path, user information or white space among it. A program's own scheme may
  /// have no host: `file://`.
  public init?(_ text: String) {
    guard let (scheme, authority) = Origin.split(text) else { return nil }
    if authority.isEmpty && Origin.defaultPort(of: scheme) == nil {
      self.init(scheme: scheme, authority: Authority(host: .name(""), port: nil))
      return
    }
    guard let authority = Authority(String(authority)) else { return nil }
    self.init(scheme: scheme, authority: authority)
  }

  /// The origin of `authority` when it is reached by `scheme`.
  init(scheme: String, authority: Authority) {
    self.scheme = scheme
    self.host = authority.host
    self.port = authority.port ?? Origin.defaultPort(of: scheme)
  }

  static func defaultPort(of scheme: String) -> UInt16? {
    switch scheme {
    case "http": 80
    case "https": 443
    default: nil
    }
  }

  /// Parts `scheme://rest` and puts the scheme in lower case. Nil when it is no scheme (RFC 3986 section 3.1).
  static func split(_ text: String) -> (scheme: String, rest: Substring)? {
    let bytes = text.utf8
    guard bytes.count <= longest, let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
      text[colon...].hasPrefix("://"), let first = bytes.first, ASCII.isAlpha(first)
    else { return nil }
    let scheme = bytes[..<colon]
    let isScheme = scheme.allSatisfy {
      ASCII.isAlpha($0) || ASCII.isDigit($0) || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-")
        || $0 == UInt8(ascii: ".")
    }
    guard isScheme, scheme.count <= 32 else { return nil }
    return (text[..<colon].lowercased(), text[text.index(colon, offsetBy: 3)...])
  }
}

extension Origin: CustomStringConvertible {
  /// As a browser writes it: the scheme's own port is left out.
  public var description: String {
    guard let port, port != Origin.defaultPort(of: scheme) else { return "\(scheme)://\(host)" }
    return "\(scheme)://\(host):\(port)"
  }
}
