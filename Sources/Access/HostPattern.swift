internal import System

/// One value of `--allowed-host`: `*`, a name, `*.` and a name, or an address.
public enum HostPattern: Hashable, Sendable {
  /// `*`: every host. Nothing is left of the guard against DNS rebinding.
  case any
  /// This host alone.
  case host(Authority.Host)
  /// Every name under this one, at any depth, but not the name itself; held with its leading dot.
  case subdomains(suffix: String)

  /// Reads a pattern. Nil when it is none: a port, a scheme or white space is in it, or `*` elsewhere than in front.
  public init?(_ text: String) {
    if text == "*" {
      self = .any
    } else if text.hasPrefix("*.") {
      guard case .name(let name)? = Authority(String(text.dropFirst(2)))?.withoutPort else { return nil }
      self = .subdomains(suffix: "." + name)
    } else if let address = IPAddress(text) {
      self = .host(.address(address))
    } else if let host = Authority(text)?.withoutPort,
      !text.utf8.contains(UInt8(ascii: ":")) || text.hasSuffix("]")
    {
      self = .host(host)
    } else {
      return nil
    }
  }

  /// Does the pattern cover this host?
  public func matches(_ host: Authority.Host) -> Bool {
    switch self {
    case .any: return true
    case .host(let own): return own == host
    case .subdomains(let suffix):
      guard case .name(let name) = host else { return false }
      return name.hasSuffix(suffix)
    }
  }
}

extension HostPattern: CustomStringConvertible {
  /// The text that reads back as this pattern.
  public var description: String {
    switch self {
    case .any: "*"
    case .host(let host): host.description
    case .subdomains(let suffix): "*" + suffix
    }
  }
}

extension Authority {
  fileprivate var withoutPort: Host? { port == nil ? host : nil }
}
