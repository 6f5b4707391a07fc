internal import Access
internal import Configuration
internal import HTTPServer
internal import System
internal import Upstreams

/// The settings that a reload replaces, and what is made of them. Immutable: each worker holds a reference that changes on
/// its own loop, so that reading it takes no lock. A request goes on with what it has taken from here.
final class LiveSettings: Sendable {
  let configuration: Configuration
  let hostPolicy: HostPolicy
  let originPolicy: OriginPolicy
  let trustedProxies: TrustedProxies
  let ollama: UpstreamServer
  let upstreamTimeouts: UpstreamTimeouts

  /// - Parameter listening: the addresses of the listening sockets.
  init(_ configuration: Configuration, listening: [SocketAddress]) {
    self.configuration = configuration
    hostPolicy = HostPolicy(
      listening: listening.compactMap(\.ip), hostname: HostName.current, allowed: configuration.allowedHosts)
    originPolicy = OriginPolicy(allowed: configuration.allowedOrigins)
    trustedProxies = TrustedProxies(configuration.trustedProxies)
    ollama = UpstreamServer(url: "\(configuration.ollama)")
    upstreamTimeouts = UpstreamTimeouts(
      connect: configuration.connectTimeout, firstByte: configuration.firstByteTimeout,
      idle: configuration.idleTimeout)
  }
}

extension SocketAddress {
  /// The address that the socket is bound to, unspecified for "every address"; nil for a UNIX socket.
  var ip: IPAddress? {
    switch self {
    case .tcp(let host, _): IPAddress(host)
    case .any: .v6(0, 0)
    case .unix: nil
    }
  }
}
