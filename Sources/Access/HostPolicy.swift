public import System

/// Which Host headers the gateway serves: the guard against DNS rebinding.
///
/// A page at `evil.example` can point its own name at 127.0.0.1 and then talk to the gateway as its "own origin"; the
/// browser sees nothing wrong. What gives it away is the Host header, which still says `evil.example`. So a name must
/// be one that this machine is known by. An address needs no such care: no DNS response stands behind it. Nor does a name that
/// nobody on the Internet can have: a page has come from the name that it is under, so that one of `.local`, `.internal` or
/// `.localhost` (RFC 6761, RFC 6762, ICANN's resolution of 2024-07-29), or without a dot, has come from within the network
/// that the gateway was opened to.
///
/// A value type without mutable state: any thread may use it.
public struct HostPolicy: Sendable {
  private let servesEveryHost: Bool
  private let servesEveryAddress: Bool
  /// Whether a listener is open beyond loopback, and so to the names and addresses of its network.
  private let servesTheNetwork: Bool
  private let hosts: Set<Authority.Host>
  private let patterns: [HostPattern]

  /// - Parameters:
  ///   - listening: the addresses of the listening sockets; an unspecified one (0.0.0.0, ::) makes every address fine.
  ///   - hostname: the machine's name from gethostname(2). It counts when a listener is open beyond loopback, together
  ///     with its mDNS name (`NAME.local`).
  ///   - allowed: what `--allowed-host` adds.
  public init(listening: [IPAddress], hostname: String?, allowed: [HostPattern]) {
    var hosts = Set(listening.map(Authority.Host.address))
    if listening.contains(where: { !$0.isLoopback }), let hostname,
      case .name(let name)? = Authority(hostname)?.host
    {
      let label = name.prefix { $0 != "." }
      hosts.formUnion([.name(name), .name(String(label)), .name(label + ".local")])
    }
    for case .host(let host) in allowed { hosts.insert(host) }
    self.hosts = hosts
    self.patterns = allowed.filter { if case .subdomains = $0 { true } else { false } }
    self.servesEveryHost = allowed.contains(.any)
    self.servesEveryAddress = listening.contains(where: \.isUnspecified)
    self.servesTheNetwork = listening.contains { !$0.isLoopback }
  }

  /// What to do with a request by its Host header.
  public enum Decision: Equatable, Sendable {
    /// Serve it. Nil when the request had no Host header (HTTP/1.0).
    case allowed(Authority?)
    /// Respond 400 with this sentence: it is no host at all.
    case malformed(String)
    /// Respond 403 with this sentence, which names the option that would allow it.
    case refused(String)
  }

  /// Decides on one Host header. `header` is nil when there is none: browsers always send one, so no page of theirs
  /// can use that (HTTP/1.1 without Host is the HTTP server's to refuse).
  ///
  /// For `localhost:10200` and `127.0.0.1:10200` it allocates nothing.
  ///
  /// - Parameter name: the header's, for the sentence: a trusted proxy's `X-Forwarded-Host` is judged in the same way.
  public func decide(_ header: String?, of name: StaticString = "Host") -> Decision {
    guard let header else { return .allowed(nil) }
    guard let authority = Authority(header) else {
      return .malformed("The \(name) header is not a host name or an address with an optional port.")
    }
    if authority.host.isLoopback || servesEveryHost || isKnown(authority.host) {
      return .allowed(authority)
    }
    return .refused(
      "This gateway does not answer to the host \"\(authority.host)\"; start it with "
        + "--allowed-host \(authority.host) to let it.")
  }

  /// Whether the host can only be one of a network of its own.
  private func isOfTheNetwork(_ host: Authority.Host) -> Bool {
    switch host {
    case .address(let address): address.isPrivate
    case .name(let name):
      !name.utf8.contains(UInt8(ascii: ".")) || name.hasSuffix(".local") || name.hasSuffix(".internal")
        || name.hasSuffix(".localhost")
    }
  }

  private func isKnown(_ host: Authority.Host) -> Bool {
    if case .address = host, servesEveryAddress { return true }
    if servesTheNetwork && isOfTheNetwork(host) { return true }
    return hosts.contains(host) || patterns.contains { $0.matches(host) }
  }
}
