/// One value of `--allowed-origin`: `*`, an origin, or an origin with `*` for its host, for the first labels of its
/// host, or for its port.
public enum OriginPattern: Hashable, Sendable {
  /// `*`: every origin, `null` as well.
  case any
  /// Origins of this scheme whose host matches; `port` nil means every port.
  case matching(scheme: String, host: HostPattern, port: Port)

  /// Which ports a pattern covers.
  public enum Port: Hashable, Sendable {
    /// `:*`: every port.
    case any
    /// This port; nil for a scheme without ports.
    case exactly(UInt16?)
  }

  /// Reads `*`, `https://chat.example.org`, `http://192.0.2.7:8080`, `https://*.example.org`, `http://localhost:*`,
  /// `chrome-extension://*`, `file://*`. Nil for anything else.
  public init?(_ text: String) {
    if text == "*" {
      self = .any
      return
    }
    guard let (scheme, rest) = Origin.split(text) else { return nil }
    if rest.isEmpty && Origin.defaultPort(of: scheme) == nil {
      self = .matching(scheme: scheme, host: .host(.name("")), port: .exactly(nil))
      return
    }
    var host = rest
    var port = Port.exactly(Origin.defaultPort(of: scheme))
    if host.hasSuffix(":*") {
      host = host.dropLast(2)
      port = .any
    } else if let colon = host.lastIndex(of: ":"), !host.hasSuffix("]") {
      guard let number = UInt16(host[host.index(after: colon)...]),
        host[host.index(after: colon)...].first != "+"
      else { return nil }
      host = host[..<colon]
      port = .exactly(number)
    }
    // A bare IPv6 address is a host's pattern but no part of a URL.
    let isBareIPv6 = host.utf8.contains(UInt8(ascii: ":")) && !host.hasPrefix("[")
    guard !isBareIPv6, let pattern = HostPattern(String(host)) else { return nil }
    self = .matching(scheme: scheme, host: pattern, port: port)
  }

  /// Does the pattern cover this origin?
  public func matches(_ origin: Origin) -> Bool {
    switch self {
    case .any: true
    case .matching(let scheme, let host, let port):
      scheme == origin.scheme && (port == .any || port == .exactly(origin.port)) && host.matches(origin.host)
    }
  }
}

extension OriginPattern: CustomStringConvertible {
  /// The text that reads back as this pattern.
  public var description: String {
    switch self {
    case .any: return "*"
    case .matching(let scheme, let host, let port):
      switch port {
      case .any: return "\(scheme)://\(host):*"
      case .exactly(let number):
        guard let number, number != Origin.defaultPort(of: scheme) else { return "\(scheme)://\(host)" }
        return "\(scheme)://\(host):\(number)"
      }
    }
  }
}
